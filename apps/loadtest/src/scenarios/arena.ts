import { logNormal } from "@warren/kernel";
import { defineScenario } from "../scenario.ts";
import { firstQueue } from "./queue-of.ts";

/** An evening: players queue, play for a while, leave, and others come. */
export const arena = defineScenario({
  about: "players queue, play and leave",
  arrivals: { players: 200, rampMs: 10_000 },
  async player(p) {
    const seat = await p.sit(await p.queue(firstQueue(p)));
    await p.play(seat, { forMs: logNormal(p.random, 12_000, 30_000) });
    await p.leave();
  },
});
