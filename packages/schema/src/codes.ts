import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";

/** Values that are whole numbers of fixed width on the wire, little-endian: integers, bool, enum, quantised numbers, angles. */
export interface Codes<T> {
  readonly bytes: CodeBytes;
  /** Highest code; codes begin at 0. */
  readonly last: number;
  /** The code of a valid value. One of 32 bits may come as a negative number with the same bits. */
  toCode(value: T): number;
  fromCode(code: number): T;
  /** For numbers: how values become codes, so that hot loops need no calls. */
  readonly linear?: Linear;
}

export type CodeBytes = 1 | 2 | 3 | 4;

/** Code = ⌊(value − min) × perUnit + ½⌋, of which `mask` says the bits that count; valid from `lowest` to `max`. */
export interface Linear {
  readonly lowest: number;
  readonly max: number;
  readonly min: number;
  readonly perUnit: number;
  /** −1: all bits. An angle goes round: its higher bits are whole turns. */
  readonly mask: number;
}

export function linearCode({ min, perUnit, mask }: Linear, value: number): number {
  return Math.floor((value - min) * perUnit + 0.5) & mask;
}

/** How many bytes the codes from 0 to `last` take. */
export function bytesFor(last: number): CodeBytes {
  if (last <= 0xff) return 1;
  if (last <= 0xffff) return 2;
  return last <= 0xff_ffff ? 3 : 4;
}

export function writeCode(out: ByteWriter, bytes: CodeBytes, code: number): void {
  const at = out.reserve(bytes);
  for (let i = 0, rest = code; i < bytes; i++, rest >>= 8) out.buffer[at + i] = rest;
}

/** Reads one code. Throws InputError above `last`. */
export function readCode(reader: ByteReader, bytes: CodeBytes, last: number): number {
  const at = reader.take(bytes);
  let code = 0;
  for (let i = bytes - 1; i >= 0; i--) code = (code << 8) | reader.buffer[at + i]!;
  code >>>= 0;
  if (code > last) throw new InputError("value", code, `a code from 0 to ${last}`);
  return code;
}
