import type { ByteWriter } from "@warren/kernel";
import { Changed } from "./block.ts";
import type { CodeBytes } from "./codes.ts";

// The codes of one field over all rows, as wide as they are on the wire: a run of rows is sent by copying memory.
// This is where a room spends its time; each loop is written for one width, because that is what makes it fast.

/** Codes by slot; those of 3 bytes take 4. */
export type CodeArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export function codeArray(bytes: CodeBytes, capacity: number): CodeArray {
  if (bytes === 1) return new Uint8Array(capacity);
  return bytes === 2 ? new Uint16Array(capacity) : new Int32Array(capacity);
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

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
    out.copy(new Uint8Array(codes.buffer), first * bytes, (first + count) * bytes);
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
 * Appends a column of a CHANGED block: the codes of those of `slots[from]` to `slots[to - 1]` that changed after a tick.
 * Where a mask would cost more than the few that did not change, all are sent.
 */
export function writeChangedCodes(
  out: ByteWriter,
  bytes: CodeBytes,
  codes: CodeArray,
  changedAt: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
  baseTick: number,
): Changed {
  const maskBytes = (to - from + 7) >> 3;
  const unchanged = countUnchanged(changedAt, slots, from, to, baseTick, Math.floor(maskBytes / bytes));
  if (unchanged === to - from) return Changed.NONE;
  if (unchanged * bytes <= maskBytes) {
    writeCodes(out, bytes, codes, slots, from, to);
    return Changed.ALL;
  }
  const maskAt = out.reserve(maskBytes + (to - from + 1) * bytes);
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
