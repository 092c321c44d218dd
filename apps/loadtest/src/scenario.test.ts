import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { expect, it } from "vitest";
import { defineMix, defineScenario, isScenario } from "./scenario.ts";

const field = defineRoom({
  seats: 2,
  tickHz: 20,
  state: t.state({ phase: t.u8() }),
  input: t.struct({ dx: t.i8() }),
  actions: { buy: t.action({ item: t.enum("axe", "bow") }, {}) },
  on: { buy: () => ({}) },
});
const game = defineGame({ rooms: { field }, queues: { duo: defineQueue({ room: "field", size: 2 }) } });

it("a scenario for a game knows its queues, inputs and actions", () => {
  const scenario = defineScenario<typeof game>({
    about: "",
    async player(p) {
      const seat = await p.sit(await p.queue("duo"));
      // @ts-expect-error: no such queue
      await p.queue("trio");
      await p.play(seat, { forMs: 1, input: (random) => ({ dx: random.int(0, 9) }) });
      // @ts-expect-error: no such field
      await p.play(seat, { forMs: 1, input: () => ({ dy: 1 }) });
      await p.play(seat, { forMs: 1, actions: { buy: { perSecond: 1, args: () => ({ item: "axe" }) } } });
      // @ts-expect-error: no such action
      await p.play(seat, { forMs: 1, actions: { sell: { perSecond: 1 } } });
      // @ts-expect-error: no such item
      await p.play(seat, { forMs: 1, actions: { buy: { perSecond: 1, args: () => ({ item: "tank" }) } } });
    },
  });
  expect(isScenario(scenario)).toBe(true);
});

it("a scenario for any game may name any queue, input and action", () => {
  const scenario = defineScenario({
    about: "",
    async player(p) {
      const seat = await p.sit(await p.queue("whatever"));
      await p.play(seat, {
        forMs: 1,
        input: () => ({ dx: 1 }),
        actions: { buy: { perSecond: 1, args: () => 1 } },
      });
    },
  });
  expect(isScenario(scenario)).toBe(true);
});

it("a mix has scenarios, of which one weighs something", () => {
  const idle = defineScenario({ about: "idle", async player() {} });
  const mix = defineMix([{ scenario: idle, weight: 1 }], { arrivals: { players: 3, rampMs: 0 } });
  expect(mix).toMatchObject({ about: "idle", arrivals: { players: 3 } });
  expect(isScenario(mix)).toBe(true);
  expect(isScenario({ about: "" })).toBe(false);
  expect(() => defineMix([{ scenario: idle, weight: 0 }])).toThrow("weight above 0");
  expect(() => defineMix([{ scenario: idle, weight: -1 }])).toThrow("parts[0].weight");
});
