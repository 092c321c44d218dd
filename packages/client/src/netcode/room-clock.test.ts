import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { tickClock } from "./room-clock.ts";

it("a room has one tick clock, which pings once a second until the room has ended", async () => {
  const clock = new VirtualClock();
  const room = {
    tick: 1,
    tickHz: 30,
    state: {},
    status: "online" as "online" | "ended",
    onState: () => () => {},
    tell: (_status: "ended") => {},
    onStatus(listener: (status: "ended") => void) {
      room.tell = listener;
      return () => {};
    },
    pings: 0,
    ping: () => (++room.pings === 2 ? Promise.reject(new Error("lost")) : Promise.resolve(90)),
  };
  const ticks = tickClock(room, clock);
  expect(tickClock(room, clock)).toBe(ticks);
  clock.advance(3_500);
  expect(room.pings).toBe(4);
  await Promise.resolve();
  expect(ticks.rttMs).toBe(90);
  room.status = "ended";
  room.tell("ended");
  clock.advance(5_000);
  expect(room.pings).toBe(4);
});
