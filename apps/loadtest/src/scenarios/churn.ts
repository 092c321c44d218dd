import { exponential, logNormal } from "@warren/kernel";
import { unlessCancelled } from "../player/step-error.ts";
import { defineScenario } from "../scenario.ts";
import { firstQueue } from "./queue-of.ts";

const CANCELS = 0.25;
/** Of those who cancelled, who does not come back. */
const GOES = 0.5;
/** Of lost sockets, those that come back to their session; with the others the page was reloaded. */
const RESUMES = 0.7;
/** Mean time until a player cancels. */
const PATIENCE_MS = 400;
/** Mean time without a socket. */
const AWAY_MS = 800;

/** Players on a train: second thoughts, short stays, sockets that are gone without a word, RESUME and reloads. */
export const churn = defineScenario({
  about: "players cancel, stay shortly, lose their socket and come back",
  arrivals: { players: 200, rampMs: 5_000 },
  async player(p) {
    // All is drawn before anything takes time: the same player does the same, whatever the server answers.
    const { random } = p;
    const cancels = random.float() < CANCELS;
    const patienceMs = exponential(random, PATIENCE_MS);
    const goes = random.float() < GOES;
    const thinksMs = random.int(300, 2_000);
    const stays = Array.from({ length: random.int(2, 4) }, () => ({
      forMs: logNormal(random, 1_500, 5_000),
      awayMs: exponential(random, AWAY_MS),
      resumes: random.float() < RESUMES,
    }));

    const queue = firstQueue(p);
    let assignment = await unlessCancelled(p.queue(queue, cancels ? { patienceMs } : {}));
    if (!assignment) {
      if (goes) return;
      await p.think(thinksMs);
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
