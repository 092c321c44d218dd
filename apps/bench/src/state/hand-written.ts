import { type Quantum, quantised, type Shown, type Step } from "../flight.ts";
import type { StateOptions, StateSubject } from "./state-subject.ts";

const X = 1;
const Y = 2;
const ANGLE = 4;
const HP = 8;
/** Id and mask. */
const HEAD_BYTES = 2 + 1;
const ENTITY_BYTES_MAX = HEAD_BYTES + 2 + 2 + 1 + 1;

/**
 * What a good engineer writes by hand for exactly this shape, and nothing else: keeps everything in typed arrays,
 * remembers the quantised values that were sent last, and writes the id, a mask and the changed fields of every entity
 * that has any. No keys, no late joiners, no lost frames, no entities that come and go; both sides know the names.
 *
 * Frame: u16 count, then per entity u16 id, u8 mask, and of x (u16), y (u16), angle (u8), hp (u8) those in the mask.
 */
export class HandWrittenState implements StateSubject {
  readonly quantum: Quantum;
  readonly #world: number;
  readonly #names: readonly string[];
  readonly #now: Columns<Float64Array>;
  readonly #sent: Columns<Uint16Array>;
  readonly #shown: Columns<Float64Array>;
  readonly #bytes: Uint8Array;
  readonly #data: DataView;

  constructor({ flight, world }: StateOptions) {
    const { start, names } = flight;
    this.quantum = quantised(world);
    this.#world = world;
    this.#names = names;
    this.#now = {
      x: start.x.slice(),
      y: start.y.slice(),
      angle: start.angle.slice(),
      hp: start.hp.slice(),
    };
    const uint16 = () => new Uint16Array(names.length);
    this.#sent = { x: uint16(), y: uint16(), angle: uint16(), hp: new Uint8Array(names.length) };
    const float64 = () => new Float64Array(names.length).fill(Number.NaN);
    this.#shown = { x: float64(), y: float64(), angle: float64(), hp: new Uint8Array(names.length) };
    this.#bytes = new Uint8Array(2 + names.length * ENTITY_BYTES_MAX);
    this.#data = new DataView(this.#bytes.buffer);
  }

  snapshot(): Uint8Array {
    // Makes every field differ from what was sent: x and y use all values of their arrays, so not by a value none has.
    const now = this.#now;
    const sent = this.#sent;
    for (let i = 0; i < this.#names.length; i++) {
      sent.x[i] = ~toStep(now.x[i]!, 65_535 / this.#world);
      sent.y[i] = ~toStep(now.y[i]!, 65_535 / this.#world);
      sent.angle[i] = 0xffff;
      sent.hp[i] = ~now.hp[i]!;
    }
    return this.encode();
  }

  mutate({ movers, hits, x, y, angle, hp }: Step): void {
    const now = this.#now;
    for (let m = 0; m < movers.length; m++) {
      const i = movers[m]!;
      now.x[i] = x[i]!;
      now.y[i] = y[i]!;
      now.angle[i] = angle[i]!;
    }
    for (let h = 0; h < hits.length; h++) {
      const i = hits[h]!;
      now.hp[i] = hp[i]!;
    }
  }

  encode(): Uint8Array {
    const { x: nowX, y: nowY, angle: nowAngle, hp: nowHp } = this.#now;
    const { x: sentX, y: sentY, angle: sentAngle, hp: sentHp } = this.#sent;
    const data = this.#data;
    const perUnit = 65_535 / this.#world;
    const perRadian = 256 / (2 * Math.PI);
    let at = 2;
    let count = 0;
    for (let i = 0; i < nowX.length; i++) {
      const x = toStep(nowX[i]!, perUnit);
      const y = toStep(nowY[i]!, perUnit);
      const angle = toStep(nowAngle[i]!, perRadian) & 0xff;
      const hp = nowHp[i]!;
      let mask = 0;
      let end = at + HEAD_BYTES;
      if (x !== sentX[i]) {
        mask = X;
        data.setUint16(end, x, true);
        end += 2;
        sentX[i] = x;
      }
      if (y !== sentY[i]) {
        mask |= Y;
        data.setUint16(end, y, true);
        end += 2;
        sentY[i] = y;
      }
      if (angle !== sentAngle[i]) {
        mask |= ANGLE;
        data.setUint8(end++, angle);
        sentAngle[i] = angle;
      }
      if (hp !== sentHp[i]) {
        mask |= HP;
        data.setUint8(end++, hp);
        sentHp[i] = hp;
      }
      if (mask === 0) continue;
      data.setUint16(at, i, true);
      data.setUint8(at + 2, mask);
      at = end;
      count++;
    }
    data.setUint16(0, count, true);
    return this.#bytes.subarray(0, at);
  }

  decode(bytes: Uint8Array): void {
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const { x, y, angle, hp } = this.#shown;
    const unit = this.#world / 65_535;
    const radian = (2 * Math.PI) / 256;
    let at = 2;
    for (let left = data.getUint16(0, true); left > 0; left--) {
      const i = data.getUint16(at, true);
      const mask = data.getUint8(at + 2);
      at += HEAD_BYTES;
      if (mask & X) {
        x[i] = data.getUint16(at, true) * unit;
        at += 2;
      }
      if (mask & Y) {
        y[i] = data.getUint16(at, true) * unit;
        at += 2;
      }
      if (mask & ANGLE) angle[i] = data.getUint8(at++) * radian;
      if (mask & HP) hp[i] = data.getUint8(at++);
    }
  }

  shownCount(): number {
    return this.#names.length;
  }

  shown(i: number): Shown {
    const { x, y, angle, hp } = this.#shown;
    return { x: x[i]!, y: y[i]!, angle: angle[i]!, hp: hp[i]!, name: this.#names[i]! };
  }
}

interface Columns<Numbers> {
  readonly x: Numbers;
  readonly y: Numbers;
  readonly angle: Numbers;
  readonly hp: Uint8Array;
}

/** The nearest whole number of steps. Not for negative values. */
function toStep(value: number, stepsPerUnit: number): number {
  return (value * stepsPerUnit + 0.5) | 0;
}
