import { expect, it } from "vitest";
import { DueEvents } from "../web/due-events.ts";

/** Events at 30 ticks a second, and the ticks of those that were shown. */
function eventsAt(...ticks: number[]) {
  const events = new DueEvents(30);
  const shown: number[] = [];
  for (const tick of ticks) events.at(tick, () => shown.push(tick));
  return { events, shown };
}

it("events are shown once, when what is drawn has come to their tick", () => {
  const { events, shown } = eventsAt(10, 11, 12);
  events.advance(9.9);
  expect(shown).toEqual([]);
  events.advance(11.5);
  events.advance(11.6);
  expect(shown).toEqual([10, 11]);
});

it("what a page that was hidden comes back to is the last second, and not all at once", () => {
  const { events, shown } = eventsAt(10, 500, 969, 970, 1_000, 1_001);
  events.advance(1_000);
  expect(shown).toEqual([970, 1_000]);
  events.advance(1_001);
  expect(shown).toEqual([970, 1_000, 1_001]);
});

it("while nothing is drawn only the newest 256 are kept", () => {
  const { events, shown } = eventsAt(...Array.from({ length: 300 }, (_, i) => 100 + i / 100));
  events.advance(110);
  expect(shown.length).toBe(256);
  expect(shown.at(-1)).toBe(102.99);
});
