import { STATE_HEAD_BYTES_MAX, StateFrames } from "@warren/protocol/session";
import type { RoomDown, RoomLink, ShownState } from "../room/room-link.ts";

/** What a session may be told wrong, to see that it is missed; the last is wrong and has to do no harm. */
export type Fault = "leaving a view" | "rebuilding after a skip" | "being counted as a reader";

/** A link that tells its sessions something else than the room said. */
export function faultyLink(link: RoomLink, fault: Fault): RoomLink {
  const downs = new WeakMap<RoomDown, RoomDown>();
  const faulty = (down: RoomDown): RoomDown => {
    const known = downs.get(down);
    if (known) return known;
    // Also one that the session skipped.
    let offered: ShownState | undefined;
    const made: RoomDown = {
      get stateTick() {
        const { stateTick } = down;
        return fault === "being counted as a reader" && stateTick > 0 ? Number.MAX_SAFE_INTEGER : stateTick;
      },
      publish(state, ...rest) {
        const { tick, view } = state;
        const since = (shown: ShownState | undefined) => {
          if (!shown || fault === "being counted as a reader") return state.since(shown);
          const other = fault === "leaving a view" ? { tick: shown.tick, view } : (offered ?? shown);
          const frames = state.since(other);
          if (frames.baseTick === 0) return frames;
          const bytes = Buffer.concat([new Uint8Array(STATE_HEAD_BYTES_MAX), frames.payload]);
          return new StateFrames(link.info.epoch, tick, shown.tick, bytes);
        };
        down.publish({ tick, view, since, isNews: (shown) => state.isNews(shown) }, ...rest);
        offered = { tick, view };
      },
      event: (...args) => down.event(...args),
      reply: (...args) => down.reply(...args),
      end: (...args) => down.end(...args),
    };
    downs.set(down, made);
    return made;
  };
  return {
    ...link,
    attach: (player, down) => link.attach(player, faulty(down)),
    detach: (player, down) => link.detach(player, faulty(down)),
    reattach: (player, down) => link.reattach(player, faulty(down)),
    leave: (player, down) => link.leave(player, faulty(down)),
  };
}
