import { defineScenario } from "../scenario.ts";

export const arena = defineScenario({
  about: "players queue, play and leave",
  async player(p) {
    const assignment = await p.queue(p.queues[0] ?? "");
    const seat = await p.sit(assignment);
    await p.play(seat, { forMs: p.random.int(10_000, 20_000) });
    await p.leave();
  },
});
