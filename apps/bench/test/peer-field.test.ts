import { expect, test } from "vitest";
import { FLOAT32, flight, type Moment, quantised } from "../src/flight.ts";
import { loadPeer } from "../src/peers.ts";

interface Field {
  enter(seat: number): void;
  leave(seat: number): void;
  move(moment: Moment): void;
  whole(): Uint8Array;
  changes(): Uint8Array;
}
const { Field, STATE_WHOLE, STATE_CHANGES } = await loadPeer<{
  Field: new (seats: number) => Field;
  STATE_WHOLE: number;
  STATE_CHANGES: number;
}>("field.mjs");
const { WORLD } = await loadPeer<{ WORLD: number }>("scene.mjs");

type Row = { x: number; y: number; angle: number; hp: number };

/** What a client shows who read one whole state and every change since. */
class Shown {
  readonly rows: (Row | undefined)[] = [];

  read(bytes: Uint8Array): void {
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 3;
    for (let seat = 0; seat < data.getUint16(1, true); seat++) {
      const mask = data.getUint8(at++);
      const before = this.rows[seat] ?? { x: 0, y: 0, angle: 0, hp: 0 };
      let { x, y, angle, hp } = before;
      if (mask & 1) {
        const both = data.getUint16(at, true) | (data.getUint8(at + 2) << 16);
        x += (both << 20) >> 20;
        y += (both << 8) >> 20;
        at += 3;
      }
      if (mask & 2) {
        x = data.getUint16(at, true);
        y = data.getUint16(at + 2, true);
        at += 4;
      }
      if (mask & 4) angle = data.getUint8(at++);
      if (mask & 8) hp = data.getUint8(at++);
      if (mask & 16) delete this.rows[seat];
      else if (mask !== 0) this.rows[seat] = { x, y, angle, hp };
    }
    expect(at).toBe(bytes.length);
  }

  expectAt({ x, y, angle, hp }: Moment, seats: readonly number[]): void {
    expect(Object.keys(this.rows).map(Number)).toEqual(seats);
    const { position, angle: angleQuantum } = quantised(WORLD);
    for (const seat of seats) {
      const row = this.rows[seat]!;
      expect(Math.abs((row.x * WORLD) / 65_535 - x[seat]!)).toBeLessThanOrEqual(position);
      expect(Math.abs((row.y * WORLD) / 65_535 - y[seat]!)).toBeLessThanOrEqual(position);
      const turned = Math.abs((row.angle / 256) * 2 * Math.PI - angle[seat]!) % (2 * Math.PI);
      expect(Math.min(turned, 2 * Math.PI - turned)).toBeLessThanOrEqual(angleQuantum + FLOAT32.angle);
      expect(row.hp).toBe(hp[seat]);
    }
  }
}

test("the field by hand: who was there from the first tick, and who comes later, show where everybody is", () => {
  const { there } = flight({ entities: 20, world: WORLD, movingShare: 1, ticks: 60 });
  const field = new Field(20);
  const first = new Shown();
  const late = new Shown();
  const seats = Array.from({ length: 20 }, (_, seat) => seat);
  for (const seat of seats) field.enter(seat);
  first.read(field.whole());
  for (const [tick, moment] of there.entries()) {
    if (tick === 10) field.leave(3);
    if (tick === 20) field.enter(3);
    if (tick === 30) {
      const whole = field.whole();
      expect(whole[0]).toBe(STATE_WHOLE);
      late.read(whole);
    }
    field.move(moment);
    const bytes = field.changes();
    expect(bytes[0]).toBe(STATE_CHANGES);
    first.read(bytes);
    first.expectAt(moment, tick >= 10 && tick < 20 ? seats.filter((seat) => seat !== 3) : seats);
    if (tick < 30) continue;
    late.read(bytes);
    late.expectAt(moment, seats);
  }
});
