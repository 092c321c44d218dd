import { ByteWriter, parseEpoch, parsePlayerId } from "@warren/kernel";
import { StateStore, t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { InputBuffer } from "../room/input-buffer.ts";
import { Seat } from "../room/seat.ts";
import { Replication, TOMBSTONE_TICKS_MAX } from "./replication.ts";

const type = t.state({ rows: t.table(t.struct({ x: t.u8() })) });

/** A player who reads every state until the tick `stalledAt`. */
function seatOf(store: StateStore<typeof type>, id: string, stalledAt: number): Seat {
  const player = parsePlayerId(id);
  const who = { id: player, join: {}, isBot: false, team: 0, role: "" };
  const seat = new Seat(who, new InputBuffer(t.u8(), 1, 0), store.eyesOf(player), 0);
  seat.awayAtMs = undefined;
  let stateTick = 0;
  seat.down = {
    get stateTick() {
      return stateTick;
    },
    publish(state) {
      if (state.tick <= stalledAt) stateTick = state.tick;
    },
    event() {},
    reply() {},
    end() {},
  };
  return seat;
}

describe("replication", () => {
  it("remembers for a slow reader, and not a tick longer than it can be of use", () => {
    const store = new StateStore(type);
    const seats = [seatOf(store, "quick", Number.POSITIVE_INFINITY), seatOf(store, "slow", 5)];
    const replication = new Replication(store, parseEpoch(1));
    const isRemembered = (tick: number) => {
      try {
        store.writeStored(new ByteWriter(), tick);
        return true;
      } catch {
        return false;
      }
    };
    while (store.tick <= 5 + TOMBSTONE_TICKS_MAX) replication.publish(seats, true);
    expect([isRemembered(4), isRemembered(5)]).toEqual([false, true]);
    replication.publish(seats, true);
    expect([isRemembered(store.tick - 2), isRemembered(store.tick - 1)]).toEqual([false, true]);
  });
});
