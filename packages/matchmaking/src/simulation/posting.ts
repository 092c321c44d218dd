import type { Prng } from "@warren/kernel";
import type { TicketPosted } from "@warren/protocol/services";

/** Players who ask to be matched, and what they do meanwhile. */
export interface Posting {
  /** From the start of the simulation. */
  readonly atMs: number;
  readonly ticket: TicketPosted;
  /** Cancels when it has waited this long; infinite: stays until it expires. */
  readonly patienceMs: number;
  /** Declines a match that it is asked to accept. */
  readonly declines: boolean;
  /** Posts again after this long: the same ticket, or another one for the same players, which is refused. */
  readonly again?: { readonly afterMs: number; readonly as: "same" | "another" };
}

/** When tickets come: `perSecond` on average, at random. With a ramp fewer at first. */
export function* arrivals(prng: Prng, perSecond: number, durationMs: number, rampMs = 0): Iterable<number> {
  for (let atMs = 0; ; ) {
    atMs -= Math.log(1 - prng.float()) * (1_000 / perSecond);
    if (atMs >= durationMs) return;
    if (atMs >= rampMs || prng.float() < atMs / rampMs) yield atMs;
  }
}
