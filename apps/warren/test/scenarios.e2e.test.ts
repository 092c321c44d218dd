import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as scenarios from "./scenarios/index.ts";
import type { World } from "./scenarios/world.ts";
import { type RunningWorld, worlds } from "./scenarios/worlds.ts";

// The same ten stories wherever Warren runs: what differs is only how many processes there are and who connects to whom.

for (const { title, start } of worlds)
  describe(title, () => {
    let world: RunningWorld;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world?.close());

    it.each(Object.entries(scenarios))("%s", (_name, scenario: (world: World) => Promise<void>) =>
      scenario(world),
    );

    it("all room-servers had players by then", () => {
      expect(world.nodes.visited.size).toBe(world.nodes.count);
    });
  });
