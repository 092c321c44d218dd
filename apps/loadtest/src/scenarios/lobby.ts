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
    // What they do together, drawn alike by each of them; and what each does, whatever the server answers.
    const cancels = party.random.float() < CANCELS;
    const patienceMs = exponential(party.random, PATIENCE_MS);
    const matches = party.random.float() < PLAYS_AGAIN ? 2 : 1;
    const playsMs = logNormal(party.random, 8_000, 20_000);
    const comesMs = exponential(p.random, 600);
    const readiesMs = logNormal(p.random, 700, 2_500);
    const triesAgainMs = p.random.int(200, 1_000);

    if (party.isLeader) {
      const { joinCode } = await p.createLobby({ queues: [queue], size: party.size });
      party.tell(joinCode);
    } else {
      const joinCode = await party.told();
      await p.think(comesMs);
      await p.joinLobby(joinCode, { queues: [queue] });
    }
    for (let match = 1; match <= matches; match++) {
      await p.think(readiesMs);
      await p.ready();
      const hasSecondThoughts = cancels && match === 1 && party.isLeader;
      let assignment = await unlessCancelled(p.queueLobby(queue, hasSecondThoughts ? { patienceMs } : {}));
      if (!assignment) {
        await p.think(triesAgainMs);
        await p.ready();
        assignment = await p.queueLobby(queue);
      }
      await p.play(await p.sit(assignment), { forMs: playsMs });
      if (match < matches) await p.leaveRoom();
    }
    await p.leave();
  },
});
