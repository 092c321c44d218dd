import { exponential, logNormal, weighted } from "@warren/kernel";
import { unlessCancelled } from "../player/step-error.ts";
import { defineScenario } from "../scenario.ts";
import { partyQueue } from "./queue-of.ts";

/** How often friends are 1, 2, … who go together. */
const PARTY_WEIGHTS = [1, 5, 3, 2, 1];
const CANCELS = 0.3;
const PLAYS_AGAIN = 0.3;
/** Mean time from the leader's Play to the leader's Cancel. */
const PATIENCE_MS = 300;

/** Friends: one opens a lobby and passes its code on, the others come in, all are ready, and they queue as one. */
export const lobby = defineScenario({
  about: "parties gather by a code, get ready, queue, cancel, queue again, play and leave",
  arrivals: { players: 200, rampMs: 10_000 },
  async player(p) {
    const { queue, sizeMax } = partyQueue(p);
    const party = await p.party((random) => weighted(random, PARTY_WEIGHTS.slice(0, sizeMax)) + 1);
    // What they do together: drawn alike by each of them.
    const cancels = party.random.float() < CANCELS;
    const patienceMs = exponential(party.random, PATIENCE_MS);
    const matches = party.random.float() < PLAYS_AGAIN ? 2 : 1;
    const playsMs = logNormal(party.random, 8_000, 20_000);

    if (party.isLeader) {
      const { joinCode } = await p.createLobby({ queues: [queue], size: party.size });
      party.tell(joinCode);
    } else {
      const joinCode = await party.told();
      await p.think(exponential(p.random, 600));
      await p.joinLobby(joinCode);
    }
    for (let match = 0; match < matches; match++) {
      await p.think(logNormal(p.random, 700, 2_500));
      await p.ready();
      const isCancelled = cancels && match === 0;
      let assignment = await unlessCancelled(
        p.queueLobby(
          queue,
          isCancelled && party.isLeader ? { signal: AbortSignal.timeout(Math.round(patienceMs)) } : {},
        ),
      );
      if (!assignment) {
        await p.think(200, 1_000);
        await p.ready();
        assignment = await p.queueLobby(queue);
      }
      const seat = await p.sit(assignment);
      await p.play(seat, { forMs: playsMs });
      if (match < matches - 1) await p.leaveRoom();
    }
    await p.leave();
  },
});
