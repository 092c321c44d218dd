// The state of a room, by hand, for exactly this shape: typed arrays, no keys, seats for ids. Every field is compared
// with what was sent last in the quanta it is sent in: x and y in 16 bits, the angle in 8.
//
// A state: u8 type (STATE_WHOLE, STATE_CHANGES), u16 seats, then for every seat a u8 mask and what it says:
// STEP: differences of x and y in 12 bits each, 3 bytes; PLACE: x and y, u16 each, when a difference needs more, and in
// whole states; ANGLE: u8; HP: u8. 0 in a whole state: nobody sits there. GONE: left since the last.
import { WORLD } from "./scene.mjs";

export const STATE_WHOLE = 2;
export const STATE_CHANGES = 3;
const STEP = 1;
const PLACE = 2;
const ANGLE = 4;
const HP = 8;
const GONE = 16;
const HEAD_BYTES = 3;
const SEAT_BYTES_MAX = 1 + 4 + 1 + 1;
const STEPS_PER_UNIT = 65_535 / WORLD;
const STEPS_PER_RADIAN = 256 / (2 * Math.PI);

export class Field {
  #x;
  #y;
  #angle;
  #hp;
  #sentX;
  #sentY;
  #sentAngle;
  #sentHp;
  /** By seat: 0 nobody, 1 taken, 2 not in any state yet, 3 left and not told yet. */
  #taken;
  #bytes;

  constructor(seats) {
    this.#x = new Float64Array(seats);
    this.#y = new Float64Array(seats);
    this.#angle = new Float64Array(seats);
    this.#hp = new Uint8Array(seats);
    this.#sentX = new Uint16Array(seats);
    this.#sentY = new Uint16Array(seats);
    this.#sentAngle = new Uint8Array(seats);
    this.#sentHp = new Uint8Array(seats);
    this.#taken = new Uint8Array(seats);
    this.#bytes = new Uint8Array(HEAD_BYTES + seats * SEAT_BYTES_MAX);
  }

  enter(seat) {
    this.#taken[seat] = 2;
  }

  leave(seat) {
    this.#taken[seat] = 3;
  }

  move({ x, y, angle, hp }) {
    for (let i = 0; i < this.#x.length; i++) {
      this.#x[i] = x[i];
      this.#y[i] = y[i];
      this.#angle[i] = angle[i];
      this.#hp[i] = hp[i];
    }
  }

  /** What a newcomer is sent: everybody as the others last saw them. Valid until the next call. */
  whole() {
    const bytes = this.#bytes;
    const taken = this.#taken;
    let at = head(bytes, STATE_WHOLE, taken.length);
    for (let i = 0; i < taken.length; i++) {
      if (taken[i] !== 1) {
        bytes[at++] = 0;
        continue;
      }
      bytes[at++] = PLACE | ANGLE | HP;
      at = place(bytes, at, this.#sentX[i], this.#sentY[i]);
      bytes[at++] = this.#sentAngle[i];
      bytes[at++] = this.#sentHp[i];
    }
    return bytes.subarray(0, at);
  }

  /** What changed since the last call, for everybody. Valid until the next call. */
  changes() {
    const bytes = this.#bytes;
    const taken = this.#taken;
    let at = head(bytes, STATE_CHANGES, taken.length);
    for (let i = 0; i < taken.length; i++) {
      const maskAt = at++;
      let mask = 0;
      const is = taken[i];
      if (is === 1 || is === 2) {
        const x = (this.#x[i] * STEPS_PER_UNIT + 0.5) | 0;
        const y = (this.#y[i] * STEPS_PER_UNIT + 0.5) | 0;
        const angle = (this.#angle[i] * STEPS_PER_RADIAN + 0.5) & 0xff;
        const hp = this.#hp[i];
        const dx = x - this.#sentX[i];
        const dy = y - this.#sentY[i];
        if (is === 2 || dx < -2048 || dx > 2047 || dy < -2048 || dy > 2047) {
          mask = PLACE;
          at = place(bytes, at, x, y);
        } else if (dx !== 0 || dy !== 0) {
          mask = STEP;
          bytes[at] = dx;
          bytes[at + 1] = ((dx >> 8) & 15) | (dy << 4);
          bytes[at + 2] = dy >> 4;
          at += 3;
        }
        if (is === 2 || angle !== this.#sentAngle[i]) {
          mask |= ANGLE;
          bytes[at++] = angle;
        }
        if (is === 2 || hp !== this.#sentHp[i]) {
          mask |= HP;
          bytes[at++] = hp;
        }
        this.#sentX[i] = x;
        this.#sentY[i] = y;
        this.#sentAngle[i] = angle;
        this.#sentHp[i] = hp;
        taken[i] = 1;
      } else if (is === 3) {
        mask = GONE;
        taken[i] = 0;
      }
      bytes[maskAt] = mask;
    }
    return bytes.subarray(0, at);
  }
}

function head(bytes, type, seats) {
  bytes[0] = type;
  bytes[1] = seats;
  bytes[2] = seats >> 8;
  return HEAD_BYTES;
}

function place(bytes, at, x, y) {
  bytes[at] = x;
  bytes[at + 1] = x >> 8;
  bytes[at + 2] = y;
  bytes[at + 3] = y >> 8;
  return at + 4;
}
