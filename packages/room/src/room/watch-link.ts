import { WarrenError } from "@warren/protocol";
import type { RoomDown, RoomInfo, RoomLink } from "./room-link.ts";
import type { Spectators } from "./spectators.ts";

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

/** The way for one session that watches: inputs are ignored, actions answered with SPECTATOR_ONLY. */
export function watchLink({ info, spectators, nowMs, soon, refresh }: WatchLinkOptions): RoomLink {
  let attached: RoomDown | undefined;
  return {
    // The code is for those who are to play; a backend lets others watch than it lets in.
    info: { ...info, joinCode: "" },
    attach(_player, down) {
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
    settle() {},
  };
}
