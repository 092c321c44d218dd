import { InputError } from "./input-error.ts";

// ignoreBOM: keep a leading U+FEFF; without it the decoder would drop a character of the text.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what {@link ByteWriter} wrote. Throws InputError, and nothing else, on any bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #data: DataView | undefined;

  /** Reads from `at` to `end - 1`. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** Made when it is needed: it costs as much as reading a small frame. */
  get #view(): DataView {
    this.#data ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#data;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** The bytes themselves, for loops that read many values at once: only where {@link take} said. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  /** Passes over `count` bytes and answers where in {@link buffer} they are. */
  take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at)
      throw new InputError("bytes", `${this.left} bytes left`, `at least ${count} more`);
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.take(1)]!;
  }
  u16(): number {
    return this.#view.getUint16(this.take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }
  f32(): number {
    return this.#view.getFloat32(this.take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.take(8), true);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new InputError("varint", "too long", "0 to 2^53-1 in at most 8 bytes");
  }

  /** A view, not a copy. */
  raw(count: number): Uint8Array {
    const at = this.take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A reader of the next `count` bytes, which this one passes over. */
  part(count: number): ByteReader {
    const at = this.take(count);
    return new ByteReader(this.#bytes, at, at + count);
  }

  /** A copy. */
  bytes(): Uint8Array {
    const length = this.varint();
    const at = this.take(length);
    return this.#bytes.slice(at, at + length);
  }

  string(): string {
    const bytes = this.raw(this.varint());
    try {
      return decoder.decode(bytes);
    } catch {
      throw new InputError("string", "bytes", "valid UTF-8");
    }
  }

  rest(): Uint8Array {
    return this.raw(this.left);
  }

  /** Fails when something is left over. */
  end(): void {
    if (this.left > 0) throw new InputError("bytes", `${this.left} bytes too many`, "nothing more");
  }
}
