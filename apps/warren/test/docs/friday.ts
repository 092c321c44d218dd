import { defineMix, defineScenario, exponential, logNormal, unlessCancelled } from "@warren/loadtest";
import type game from "./dots.ts";

const walker = defineScenario<typeof game>({
  about: "walks about and waves",
  async player(p) {
    await p.think(exponential(p.random, 500));
    const match = await p.queue("duo", { join: { name: `Bot ${p.number}` } });
    const seat = await p.sit(match);
    await p.play(seat, {
      forMs: logNormal(p.random, 4_000, 10_000),
      inputHz: 10,
      input: (random) => ({ dx: random.int(-10, 10), dy: random.int(-10, 10) }),
      actions: { wave: { perSecond: 0.5 } },
    });
    await p.leave();
  },
});

const commuter = defineScenario<typeof game>({
  about: "changes its mind, or drives into a tunnel",
  async player(p) {
    const awayMs = p.random.int(500, 3_000);
    const match = await unlessCancelled(p.queue("duo", { patienceMs: 2_000 }));
    if (!match) return;
    const seat = await p.sit(match);
    await p.play(seat, { forMs: 2_000 });
    await p.drop();
    await p.think(awayMs);
    await p.play(await p.resume(), { forMs: 2_000 });
    await p.leave();
  },
});

export default defineMix(
  [
    { scenario: walker, weight: 3 },
    { scenario: commuter, weight: 1 },
  ],
  { about: "a Friday evening", arrivals: { players: 40, rampMs: 5_000 } },
);
