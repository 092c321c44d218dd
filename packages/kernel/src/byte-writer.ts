const encoder = new TextEncoder();

/** Grows as needed; `finish()` copies out, `view()` does not. Multi-byte numbers are little-endian. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #data: DataView;
  #length = 0;

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

  #room(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#data = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }
  u16(value: number): void {
    const at = this.#room(2);
    this.#data.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.#room(4);
    this.#data.setUint32(at, value, true);
  }
  f32(value: number): void {
    const at = this.#room(4);
    this.#data.setFloat32(at, value, true);
  }
  f64(value: number): void {
    const at = this.#room(8);
    this.#data.setFloat64(at, value, true);
  }

  /** Unsigned LEB128, 0 to 2⁵³−1, 1 to 8 bytes. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
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
    return this.#bytes.subarray(0, this.#length);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
