import { defineScenario } from "../scenario.ts";
import { firstQueue } from "./queue-of.ts";

/** A launch, or a stream with many viewers: nobody is there, and then everybody comes. Stays are short: joins count. */
export const spike = defineScenario({
  about: "from nobody to 2,000 joins a second",
  arrivals: { stages: [{ forMs: 20_000, toPerSecond: 2_000 }] },
  async player(p) {
    const forMs = p.random.int(1_000, 3_000);
    const seat = await p.sit(await p.queue(firstQueue(p)));
    await p.play(seat, { forMs, inputHz: 2 });
    await p.leave();
  },
});
