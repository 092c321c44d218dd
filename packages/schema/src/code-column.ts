import type { ByteWriter } from "@warren/kernel";
import { Changed, ESCAPE_4_BITS, ESCAPE_12_BITS } from "./block.ts";
import { type CodeBytes, writeCode } from "./codes.ts";

// The codes of one field over all rows, as wide as they are on the wire: a run of rows is sent by copying memory.
// This is where a room spends its time; each loop is written for one width, because that is what makes it fast.

/** Codes by slot; those of 3 bytes take 4. */
export type CodeArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export function codeArray(bytes: CodeBytes, capacity: number): CodeArray {
  if (bytes === 1) return new Uint8Array(capacity);
  return bytes === 2 ? new Uint16Array(capacity) : new Int32Array(capacity);
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The codes at the last tick that readers were told, and at the one before. */
export interface Kept {
  before: CodeArray;
  last: CodeArray;
}

const byteViews = new WeakMap<CodeArray, Uint8Array>();

function bytesOf(codes: CodeArray): Uint8Array {
  if (codes instanceof Uint8Array) return codes;
  let bytes = byteViews.get(codes);
  if (!bytes) {
    bytes = new Uint8Array(codes.buffer);
    byteViews.set(codes, bytes);
  }
  return bytes;
}

/** Appends the codes of `slots[from]` to `slots[to - 1]`. */
export function writeCodes(
  out: ByteWriter,
  bytes: CodeBytes,
  codes: CodeArray,
  slots: Int32Array,
  from: number,
  to: number,
): void {
  const count = to - from;
  const first = slots[from]!;
  if (slots[to - 1]! - first === count - 1 && bytes === codes.BYTES_PER_ELEMENT && isLittleEndian) {
    out.copy(bytesOf(codes), first * bytes, (first + count) * bytes);
    return;
  }
  let at = out.reserve(count * bytes);
  const { buffer } = out;
  if (bytes === 1) {
    for (let i = from; i < to; i++) buffer[at++] = codes[slots[i]!]!;
  } else if (bytes === 2) {
    for (let i = from; i < to; i++) {
      const code = codes[slots[i]!]!;
      buffer[at] = code;
      buffer[at + 1] = code >> 8;
      at += 2;
    }
  } else {
    for (let i = from; i < to; i++) {
      let code = codes[slots[i]!]!;
      for (let left = bytes; left > 0; left--, code >>= 8) buffer[at++] = code;
    }
  }
}

/**
 * Appends a column of a CHANGED block: the codes of those of `slots[from]` to `slots[to - 1]` that changed after a tick,
 * in the way that takes the fewest bytes. `before`: the codes at that tick; undefined: they are not known.
 */
export function writeChangedCodes(
  out: ByteWriter,
  bytes: CodeBytes,
  codes: CodeArray,
  before: CodeArray | undefined,
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
): Changed {
  const rows = to - from;
  const maskBytes = (rows + 7) >> 3;
  const differenceBytes = before ? differencesBytes(bytes, rows) : rows * bytes;
  // With so many unchanged a mask and the others take fewer bytes than all.
  const unchangedMax = Math.floor((maskBytes + rows * bytes - differenceBytes) / bytes);
  const unchanged = countUnchanged(changedAt, slots, from, to, baseTick, unchangedMax);
  if (unchanged === rows) return Changed.NONE;
  if (unchanged <= unchangedMax) {
    if (before && writeDifferences(out, bytes, codes, before, slots, from, to)) return Changed.DIFFERENCES;
    if (!before || unchanged * bytes <= maskBytes) {
      writeCodes(out, bytes, codes, slots, from, to);
      return Changed.ALL;
    }
  }
  const maskAt = out.reserve(maskBytes + (rows + 1) * bytes);
  const { buffer } = out;
  const at = maskAt + maskBytes;
  let end: number;
  if (bytes === 1)
    end = writeSomeBytes(buffer, maskAt, at, codes as Uint8Array, changedAt, slots, from, to, baseTick);
  else if (bytes === 2)
    end = writeSomeShorts(buffer, maskAt, at, codes as Uint16Array, changedAt, slots, from, to, baseTick);
  else
    end = writeSomeWide(buffer, maskAt, at, bytes, codes as Int32Array, changedAt, slots, from, to, baseTick);
  if (end === at) {
    out.truncate(maskAt);
    return Changed.NONE;
  }
  out.truncate(end);
  return Changed.SOME;
}

/** How many bytes the differences of so many rows take: 4 bits each of one-byte codes, 12 of two-byte ones. */
function differencesBytes(bytes: CodeBytes, rows: number): number {
  return bytes === 1 ? (rows + 1) >> 1 : (3 * rows + 1) >> 1;
}

/** Of so many rows one may have to be escaped; of more, differences are not worth it. */
const ROWS_PER_ESCAPE_MIN = 8;

/** Scratch: codes of rows that are not next to each other, and what they were. */
class Gathered {
  now: CodeArray;
  before: CodeArray;
  readonly #bytes: CodeBytes;

  constructor(bytes: CodeBytes) {
    this.#bytes = bytes;
    this.now = codeArray(bytes, 64);
    this.before = codeArray(bytes, 64);
  }

  gather(codes: CodeArray, before: CodeArray, slots: Int32Array, from: number, to: number): void {
    if (this.now.length < to - from) {
      this.now = codeArray(this.#bytes, 2 * (to - from));
      this.before = codeArray(this.#bytes, 2 * (to - from));
    }
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      this.now[i - from] = codes[slot]!;
      this.before[i - from] = before[slot]!;
    }
  }
}
const gatheredBytes = new Gathered(1);
const gatheredShorts = new Gathered(2);

/** Scratch: the first `escapedCount` are codes that are escaped. */
const escaped: number[] = [];
let escapedCount = 0;

/** Appends how much each code differs from the one before; false, and nothing, if too many differ by too much. */
function writeDifferences(
  out: ByteWriter,
  bytes: CodeBytes,
  codes: CodeArray,
  before: CodeArray,
  slots: Int32Array,
  from: number,
  to: number,
): boolean {
  const rows = to - from;
  const first = slots[from]!;
  const begin = out.length;
  const at = out.reserve(differencesBytes(bytes, rows));
  const { buffer } = out;
  escapedCount = 0;
  if (slots[to - 1]! - first === rows - 1) differ(buffer, at, bytes, codes, before, first, first + rows);
  else {
    const gathered = bytes === 1 ? gatheredBytes : gatheredShorts;
    gathered.gather(codes, before, slots, from, to);
    differ(buffer, at, bytes, gathered.now, gathered.before, 0, rows);
  }
  if (escapedCount * ROWS_PER_ESCAPE_MIN > rows) {
    out.truncate(begin);
    return false;
  }
  for (let i = 0; i < escapedCount; i++) writeCode(out, bytes, escaped[i]!);
  return true;
}

function differ(
  buffer: Uint8Array,
  at: number,
  bytes: CodeBytes,
  codes: CodeArray,
  before: CodeArray,
  from: number,
  to: number,
): void {
  if (bytes === 1) writeNibbles(buffer, at, codes as Uint8Array, before as Uint8Array, from, to);
  else writeTwelves(buffer, at, codes as Uint16Array, before as Uint16Array, from, to);
}

const FURTHEST_4_BITS = -ESCAPE_4_BITS - 1;
const FURTHEST_12_BITS = -ESCAPE_12_BITS - 1;

// Two rows at a time. One comparison finds what is too far either way: below, it is a very large unsigned number.

function writeNibbles(
  buffer: Uint8Array,
  begin: number,
  codes: Uint8Array,
  before: Uint8Array,
  from: number,
  to: number,
): void {
  let at = begin;
  let i = from;
  for (; i < to - 1; i += 2) {
    let first = ((codes[i]! - before[i]!) << 24) >> 24;
    let second = ((codes[i + 1]! - before[i + 1]!) << 24) >> 24;
    if ((first + FURTHEST_4_BITS) >>> 0 > 2 * FURTHEST_4_BITS) {
      first = ESCAPE_4_BITS;
      escaped[escapedCount++] = codes[i]!;
    }
    if ((second + FURTHEST_4_BITS) >>> 0 > 2 * FURTHEST_4_BITS) {
      second = ESCAPE_4_BITS;
      escaped[escapedCount++] = codes[i + 1]!;
    }
    buffer[at++] = (first & 15) | (second << 4);
  }
  if (i < to) {
    let last = ((codes[i]! - before[i]!) << 24) >> 24;
    if ((last + FURTHEST_4_BITS) >>> 0 > 2 * FURTHEST_4_BITS) {
      last = ESCAPE_4_BITS;
      escaped[escapedCount++] = codes[i]!;
    }
    buffer[at] = last & 15;
  }
}

function writeTwelves(
  buffer: Uint8Array,
  begin: number,
  codes: Uint16Array,
  before: Uint16Array,
  from: number,
  to: number,
): void {
  let at = begin;
  let i = from;
  for (; i < to - 1; i += 2) {
    let first = ((codes[i]! - before[i]!) << 16) >> 16;
    let second = ((codes[i + 1]! - before[i + 1]!) << 16) >> 16;
    if ((first + FURTHEST_12_BITS) >>> 0 > 2 * FURTHEST_12_BITS) {
      first = ESCAPE_12_BITS;
      escaped[escapedCount++] = codes[i]!;
    }
    if ((second + FURTHEST_12_BITS) >>> 0 > 2 * FURTHEST_12_BITS) {
      second = ESCAPE_12_BITS;
      escaped[escapedCount++] = codes[i + 1]!;
    }
    const pair = (first & 0xfff) | (second << 12);
    buffer[at] = pair;
    buffer[at + 1] = pair >> 8;
    buffer[at + 2] = pair >> 16;
    at += 3;
  }
  if (i < to) {
    let last = ((codes[i]! - before[i]!) << 16) >> 16;
    if ((last + FURTHEST_12_BITS) >>> 0 > 2 * FURTHEST_12_BITS) {
      last = ESCAPE_12_BITS;
      escaped[escapedCount++] = codes[i]!;
    }
    buffer[at] = last;
    buffer[at + 1] = (last >> 8) & 15;
  }
}

// Every value is written, and one that did not change is written over by the next: a branch would be guessed wrong every
// other time. Hence room for one more. One function per width: an array of another kind in the same loop made it four
// times as slow.

function writeSomeBytes(
  buffer: Uint8Array,
  maskFrom: number,
  valuesFrom: number,
  codes: Uint8Array,
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
): number {
  let maskAt = maskFrom;
  let at = valuesFrom;
  let mask = 0;
  let bit = 0;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    const isChanged = (baseTick - changedAt[slot]!) >>> 31;
    buffer[at] = codes[slot]!;
    at += isChanged;
    mask |= isChanged << bit;
    bit = (bit + 1) & 7;
    if (bit === 0) {
      buffer[maskAt++] = mask;
      mask = 0;
    }
  }
  if (bit > 0) buffer[maskAt] = mask;
  return at;
}

function writeSomeShorts(
  buffer: Uint8Array,
  maskFrom: number,
  valuesFrom: number,
  codes: Uint16Array,
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
): number {
  let maskAt = maskFrom;
  let at = valuesFrom;
  let mask = 0;
  let bit = 0;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    const isChanged = (baseTick - changedAt[slot]!) >>> 31;
    const code = codes[slot]!;
    buffer[at] = code;
    buffer[at + 1] = code >> 8;
    at += isChanged * 2;
    mask |= isChanged << bit;
    bit = (bit + 1) & 7;
    if (bit === 0) {
      buffer[maskAt++] = mask;
      mask = 0;
    }
  }
  if (bit > 0) buffer[maskAt] = mask;
  return at;
}

function writeSomeWide(
  buffer: Uint8Array,
  maskFrom: number,
  valuesFrom: number,
  bytes: number,
  codes: Int32Array,
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
): number {
  let maskAt = maskFrom;
  let at = valuesFrom;
  let mask = 0;
  let bit = 0;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    const isChanged = (baseTick - changedAt[slot]!) >>> 31;
    let code = codes[slot]!;
    for (let b = 0; b < bytes; b++, code >>= 8) buffer[at + b] = code;
    at += isChanged * bytes;
    mask |= isChanged << bit;
    bit = (bit + 1) & 7;
    if (bit === 0) {
      buffer[maskAt++] = mask;
      mask = 0;
    }
  }
  if (bit > 0) buffer[maskAt] = mask;
  return at;
}

/** How many of the slots did not change after a tick; stops counting above `enough`. */
function countUnchanged(
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
  enough: number,
): number {
  const first = slots[from]!;
  const last = slots[to - 1]!;
  let count = 0;
  if (last - first === to - 1 - from) {
    for (let slot = first; slot <= last; slot++) if (changedAt[slot]! <= baseTick && ++count > enough) break;
  } else {
    for (let i = from; i < to; i++) if (changedAt[slots[i]!]! <= baseTick && ++count > enough) break;
  }
  return count;
}
