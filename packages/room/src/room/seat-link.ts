import type { Clock } from "@warren/kernel";
import type { RoomLink } from "./room-link.ts";
import type { RoomRuntime } from "./room-runtime.ts";

export interface SeatLinkOptions {
  readonly runtime: RoomRuntime;
  readonly clock: Clock;
  /** The room may be due earlier than before. */
  soon(): void;
  /** The room's code ran since then, monotonic ms. */
  ran(startedMs: number): void;
}

/** The way for the sessions that play in a room. */
export function seatLink({ runtime, clock, soon, ran }: SeatLinkOptions): RoomLink {
  // A room that is not due for a while would else take the time of its last run for now.
  const now = () => runtime.at(clock.monotonicMs());
  const timed = <T>(call: () => T): T => {
    const startedMs = clock.monotonicMs();
    runtime.at(startedMs);
    const result = call();
    ran(startedMs);
    return result;
  };
  /** When the first action came of those that are not settled. To ask for the time costs as much as a small action. */
  let unsettledMs: number | undefined;
  // Only what can make a room due earlier has to reschedule it; inputs wait for their tick.
  return {
    info: runtime.info,
    attach(player, down) {
      const attached = timed(() => runtime.attach(player, down));
      soon();
      return attached;
    },
    reattach(player, down) {
      now().reattach(player, down);
      soon();
    },
    detach: (player, down) => now().detach(player, down),
    leave(player, down) {
      timed(() => runtime.leave(player, down));
      soon();
    },
    refresh() {
      runtime.refresh();
      soon();
    },
    input: (player, inputNumber, seenAt, payload) => runtime.input(player, inputNumber, seenAt, payload),
    action(player, actionSeq, actionId, payload) {
      unsettledMs ??= clock.monotonicMs();
      runtime.at(unsettledMs).action(player, actionSeq, actionId, payload);
    },
    settle() {
      const startedMs = unsettledMs;
      if (startedMs === undefined) return;
      unsettledMs = undefined;
      runtime.settle();
      ran(startedMs);
      soon();
    },
  };
}
