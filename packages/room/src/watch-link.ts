import { type PlayerId, wholeNumber } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { RoomDown, RoomInfo, RoomLink } from "./room-link.ts";
import { SPECTATORS_MAX, type Spectators } from "./spectators.ts";

/**
 * The way for those who watch: sessions, or a relay's reader that stands for many. Who they are does not matter, so one
 * player may watch by several sessions and play as well. Inputs are ignored, actions answered with SPECTATOR_ONLY.
 */
export interface WatchLink extends RoomLink {
  /**
   * Says how many spectators the last one attached stands for from now on, from 0; an attach is one. Throws
   * ROOM_NOT_WATCHABLE when that is more than the room takes: then it stays as it was.
   */
  standFor(count: number): void;
}

const REFUSAL = new TextEncoder().encode(new WarrenError("SPECTATOR_ONLY").message);

export interface WatchLinkOptions {
  readonly info: RoomInfo;
  readonly spectators: Spectators;
  nowMs(): number;
  /** The room may be due earlier than before. */
  soon(): void;
  /** Asks for a publication soon. */
  refresh(): void;
}

export function watchLink({ info, spectators, nowMs, soon, refresh }: WatchLinkOptions): WatchLink {
  let attached: RoomDown | undefined;
  return {
    info,
    attach(_player: PlayerId, down: RoomDown) {
      spectators.attach(down);
      attached = down;
      soon();
      return { actionSeq: 0 };
    },
    detach: (_player, down) => spectators.detach(down, nowMs()),
    reattach(_player, down) {
      spectators.reattach(down);
      soon();
    },
    leave: (_player, down) => spectators.leave(down),
    refresh() {
      refresh();
      soon();
    },
    input() {},
    action(_player, actionSeq) {
      if (actionSeq === 0) throw new WarrenError("PROTOCOL_VIOLATION", "actionSeq is 0; accepted: from 1");
      attached?.reply(actionSeq, "SPECTATOR_ONLY", REFUSAL);
    },
    standFor(count) {
      if (attached) spectators.standFor(attached, wholeNumber("spectators", count, 0, SPECTATORS_MAX));
    },
  };
}
