import { exponential, logNormal } from "@warren/kernel";
import { unlessCancelled } from "../player/step-error.ts";
import { defineScenario } from "../scenario.ts";
import { firstQueue } from "./queue-of.ts";

/** Of players who change their mind while they wait, half are gone then. */
const CANCELS = 0.25;
const GOES_AFTER_CANCEL = 0.5;
/** Of lost sockets, those that come back to their session; the others reload the page. */
const RESUMES = 0.7;
const PATIENCE_MS = 400;
const AWAY_MS = 800;

/** Players on a train: short stays, sockets that are gone without a word, RESUME, reloads, second thoughts. */
export const churn = defineScenario({
  about: "players cancel, stay shortly, lose their socket and come back",
  arrivals: { players: 200, rampMs: 5_000 },
  async player(p) {
    const queue = firstQueue(p);
    // All drawn before anything takes time: the same player does the same, whatever the server answers.
    const cancels = p.random.float() < CANCELS;
    const goes = p.random.float() < GOES_AFTER_CANCEL;
    const patienceMs = exponential(p.random, PATIENCE_MS);
    const stays = Array.from({ length: p.random.int(2, 4) }, () => ({
      forMs: logNormal(p.random, 1_500, 5_000),
      awayMs: exponential(p.random, AWAY_MS),
      resumes: p.random.float() < RESUMES,
    }));

    let assignment = await unlessCancelled(
      p.queue(queue, cancels ? { signal: AbortSignal.timeout(Math.round(patienceMs)) } : {}),
    );
    if (!assignment) {
      if (goes) return;
      await p.think(300, 2_000);
      assignment = await p.queue(queue);
    }
    let seat = await p.sit(assignment);
    for (const [i, { forMs, awayMs, resumes }] of stays.entries()) {
      const isIn = await p.play(seat, { forMs });
      if (!isIn || i === stays.length - 1) break;
      await p.drop();
      await p.think(Math.min(awayMs, seat.resumeGraceMs / 2));
      seat = resumes ? await p.resume() : await p.sit(await p.freshSeat(seat.roomId));
    }
    await p.leave();
  },
});
