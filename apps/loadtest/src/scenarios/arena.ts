import { logNormal } from "@warren/kernel";
import { defineScenario } from "../scenario.ts";
import { firstQueue } from "./queue-of.ts";

/** Of each of the room's actions, while a player plays. */
const ACTIONS_PER_SECOND = 0.2;

/** An evening: players queue, play for a while, leave, and others come. */
export const arena = defineScenario({
  about: "players queue, play and leave",
  arrivals: { players: 200, rampMs: 10_000 },
  async player(p) {
    const forMs = logNormal(p.random, 12_000, 30_000);
    const seat = await p.sit(await p.queue(firstQueue(p)));
    const actions = seat.actions.map((name) => [name, { perSecond: ACTIONS_PER_SECOND }] as const);
    await p.play(seat, { forMs, actions: Object.fromEntries(actions) });
    await p.leave();
  },
});
