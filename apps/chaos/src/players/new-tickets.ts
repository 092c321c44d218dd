import type { Prng } from "@warren/kernel";
import { Player } from "./player.ts";

/** So many players queue, and have to be matched in time. Answers in words what did not go. */
export async function newTickets(
  urls: readonly string[],
  prng: Prng,
  count: number,
  timeoutMs: number,
): Promise<string[]> {
  const untilMs = performance.now() + timeoutMs;
  const plan = { queue: "pair", twice: false, cancelAfterMs: undefined };
  const ends = await Promise.all(
    Array.from({ length: count }, () =>
      new Player(urls, prng, () => untilMs).queue(plan).then(({ end }) => end, String),
    ),
  );
  const failed = ends.filter((end) => end !== "assigned");
  return failed.length === 0 ? [] : [`${failed.length} of ${ends.length} new tickets: ${failed[0]}`];
}
