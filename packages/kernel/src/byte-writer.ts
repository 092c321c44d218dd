import { putVarint, varintBytes } from "./varint.ts";

const encoder = new TextEncoder();
const COPIED_BY_HAND_MAX = 16;

/** Grows as needed; `finish()` copies out, `view()` does not. Multi-byte numbers are little-endian. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #data: DataView;
  #length = 0;
  /** Made for {@link view} last: messages are mostly as long as the one before, and a view costs more than a small one. */
  #shown: Uint8Array<ArrayBuffer> | undefined;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#data = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  /** Takes back what was written from `length` on: at most as much as was written. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** The bytes themselves, for loops that write many values at once: only where {@link reserve} said, and before the next write. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room for `count` bytes and answers where in {@link buffer} they are. */
  reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#shown = undefined;
      this.#data = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.#bytes[at] = value;
  }
  u16(value: number): void {
    const at = this.reserve(2);
    this.#data.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.reserve(4);
    this.#data.setUint32(at, value, true);
  }
  f32(value: number): void {
    const at = this.reserve(4);
    this.#data.setFloat32(at, value, true);
  }
  f64(value: number): void {
    const at = this.reserve(8);
    this.#data.setFloat64(at, value, true);
  }

  /** Unsigned LEB128, 0 to 2⁵³−1, 1 to 8 bytes. */
  varint(value: number): void {
    const at = this.reserve(varintBytes(value));
    putVarint(this.#bytes, at, value);
  }

  raw(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  /** Appends `from` to `to - 1` of other bytes. */
  copy(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    let at = this.reserve(count);
    const own = this.#bytes;
    // A call into the engine costs more than a few bytes, and a view of a part as much again.
    if (count > COPIED_BY_HAND_MAX) own.set(count === bytes.length ? bytes : bytes.subarray(from, to), at);
    else for (let i = from; i < to; i++) own[at++] = bytes[i]!;
  }

  /** Length in bytes as a varint, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Length in UTF-8 bytes as a varint, then the text. */
  string(text: string): void {
    this.bytes(encoder.encode(text));
  }

  /** What was written, valid until the next write or reset. */
  view(): Uint8Array<ArrayBuffer> {
    if (this.#shown?.length !== this.#length) this.#shown = this.#bytes.subarray(0, this.#length);
    return this.#shown;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
