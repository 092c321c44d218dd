import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";

/** Values that are whole numbers of fixed width on the wire, little-endian: integers, bool, enum, quantised numbers, angles. */
export interface Codes<T> {
  readonly bytes: 1 | 2 | 3 | 4;
  /** Codes are read as two's complement; such types use all their codes. */
  readonly signed: boolean;
  /** Highest code of an unsigned type. */
  readonly last: number;
  /** The code of a valid value, as 32 bits. */
  toCode(value: T): number;
  fromCode(code: number): T;
  /** For numbers: how values become codes, so that hot loops need no calls. */
  readonly linear?: Linear;
}

/** Code = ⌊(value − min) × perUnit + ½⌋, shifted left and back by `wrap` bits; valid from `min` to `max`. */
export interface Linear {
  readonly min: number;
  readonly max: number;
  readonly perUnit: number;
  /** 32 − the code's bits where values go round, as angles do; else 0. */
  readonly wrap: number;
}

export function linearCode({ min, perUnit, wrap }: Linear, value: number): number {
  return (Math.floor((value - min) * perUnit + 0.5) << wrap) >> wrap;
}

/** How many bytes the codes from 0 to `last` take. */
export function bytesFor(last: number): 1 | 2 | 3 | 4 {
  if (last <= 0xff) return 1;
  if (last <= 0xffff) return 2;
  return last <= 0xff_ffff ? 3 : 4;
}

/** Appends the codes of some slots. Unrolled by width: this is where a state spends its time. */
export function writeCodes(
  out: ByteWriter,
  bytes: 1 | 2 | 3 | 4,
  codes: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
): void {
  let at = out.reserve((to - from) * bytes);
  const { buffer } = out;
  switch (bytes) {
    case 1:
      for (let i = from; i < to; i++) buffer[at++] = codes[slots[i]!]!;
      return;
    case 2:
      for (let i = from; i < to; i++) {
        const code = codes[slots[i]!]!;
        buffer[at] = code;
        buffer[at + 1] = code >> 8;
        at += 2;
      }
      return;
    default:
      for (let i = from; i < to; i++) {
        let code = codes[slots[i]!]!;
        for (let left = bytes; left > 0; left--) {
          buffer[at++] = code;
          code >>= 8;
        }
      }
  }
}

export function writeCode(out: ByteWriter, bytes: 1 | 2 | 3 | 4, code: number): void {
  const at = out.reserve(bytes);
  for (let i = 0, rest = code; i < bytes; i++, rest >>= 8) out.buffer[at + i] = rest;
}

/** Reads one code. Throws InputError above `last`. */
export function readCode(
  reader: ByteReader,
  codes: Pick<Codes<unknown>, "bytes" | "signed" | "last">,
): number {
  const { bytes, signed, last } = codes;
  const at = reader.take(bytes);
  let code = 0;
  for (let i = bytes - 1; i >= 0; i--) code = (code << 8) | reader.buffer[at + i]!;
  if (signed) return (code << (32 - 8 * bytes)) >> (32 - 8 * bytes);
  code >>>= 0;
  if (code > last) throw new InputError("value", code, `a code from 0 to ${last}`);
  return code;
}
