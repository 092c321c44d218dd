import { InputError } from "@warren/kernel";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { interpolate } from "./interpolate.ts";
import { predict } from "./predict.ts";
import { tickClock } from "./room-clock.ts";

type Status = "online" | "offline" | "ended";

/** What a room looks like to the netcode, with the listeners that are up. */
class QuietRoom {
  tick = 1;
  tickHz = 30;
  status: Status = "online";
  consumedInput = 0;
  inputsWaiting = 0;
  inputNumber = 0;
  pings = 0;
  readonly state = { ships: new Map([["a", { x: 0 }]]) };
  readonly stated = new Set<(tick: number) => void>();
  readonly told = new Set<(status: Status) => void>();

  onState = (listener: (tick: number) => void) => {
    this.stated.add(listener);
    return () => void this.stated.delete(listener);
  };
  onStatus = (listener: (status: Status) => void) => {
    this.told.add(listener);
    return () => void this.told.delete(listener);
  };
  send = () => ++this.inputNumber;
  ping = () => Promise.resolve(++this.pings);

  get listeners(): number {
    return this.stated.size + this.told.size;
  }
  tell(status: Status): void {
    this.status = status;
    for (const listener of [...this.told]) listener(status);
  }
  show(x: number): void {
    this.tick++;
    this.state.ships.set("a", { x });
    for (const listener of [...this.stated]) listener(this.tick);
  }
}

function put(room: QuietRoom, clock = new VirtualClock()) {
  tickClock(room, clock);
  const own = room.listeners;
  const ships = interpolate(room, "ships", { fields: { x: "linear" } }, clock);
  const options = {
    read: ({ ships }: QuietRoom["state"]) => ships.get("a"),
    step: (ship: { x: number }) => ship,
    fields: { x: "linear" },
  } as const;
  const me = predict(room, options, clock).start(() => ({}));
  return { own, ships, me, clock };
}

describe("what a page may do", () => {
  it("a sample that asks where the player is does not begin a step within a step", () => {
    const room = new QuietRoom();
    const clock = new VirtualClock();
    const numbers: number[] = [];
    const me = predict(
      room,
      { read: ({ ships }) => ships.get("a"), step: (ship: { x: number }) => ship, fields: { x: "linear" } },
      clock,
    );
    me.start(() => {
      me.at(clock.monotonicMs());
      numbers.push(room.inputNumber);
      return {};
    });
    clock.advance(200);
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers).toEqual(numbers.map((_, i) => i));
  });

  it("a name that is no table is refused with those that are", () => {
    expect(() => interpolate(new QuietRoom(), "shipz" as "ships", { fields: {} })).toThrow(
      'interpolate table is "shipz"; accepted: a table of the state: ships',
    );
  });
});

describe("what the netcode puts up on a room", () => {
  it("is taken off by stop; the tick clock stays", () => {
    const room = new QuietRoom();
    const { own, ships, me, clock } = put(room);
    expect(room.listeners).toBeGreaterThan(own);
    ships.stop();
    me.stop();
    expect(room.listeners).toBe(own);
    room.show(9);
    expect(ships.at(2).get("a")?.x).toBe(0);
    const sent = room.inputNumber;
    clock.advance(1_000);
    expect(room.inputNumber).toBe(sent);

    me.start(() => ({}));
    clock.advance(1_000);
    expect(room.inputNumber).toBeGreaterThan(sent);
    expect(me.at(clock.monotonicMs())?.x).toBeCloseTo(9, 2);
  });

  it("is all taken off when the room ends, and nothing is put up after", () => {
    const room = new QuietRoom();
    const { clock } = put(room);
    clock.advance(2_500);
    const { pings, inputNumber } = room;
    expect(pings).toBe(3);
    room.tell("ended");
    expect(room.listeners).toBe(0);
    put(room, clock);
    expect(room.listeners).toBe(0);
    clock.advance(5_000);
    expect(room).toMatchObject({ pings, inputNumber });
  });

  it("is nothing for a room without ticks", () => {
    const room = Object.assign(new QuietRoom(), { tickHz: 0 });
    expect(() => put(room)).toThrow(InputError);
    expect(() => put(room)).toThrow("tickHz is 0; accepted: above 0");
    expect(room.listeners).toBe(0);
  });
});
