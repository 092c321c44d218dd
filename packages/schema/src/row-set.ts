import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";

// A set of slots, ascending: a varint count, then tokens until so many slots are named. A token is a varint
// `skip × 2 + isRun`: pass over `skip` slots from the end of the last token; a single slot, or, if `isRun`,
// as many as the varint `length − 2` after it says. Neighbours cost two bytes together, a lone slot mostly one.

/** Appends `slots[from]` to `slots[to - 1]`, ascending. */
export function writeRowSet(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
  out.varint(to - from);
  let next = 0;
  for (let i = from; i < to; ) {
    const first = slots[i]!;
    // All that is left is often one run.
    let end = slots[to - 1]! - first === to - 1 - i ? to : i + 1;
    while (end < to && slots[end] === first + end - i) end++;
    if (end - i === 1) out.varint((first - next) * 2);
    else {
      out.varint((first - next) * 2 + 1);
      out.varint(end - i - 2);
    }
    next = first + end - i;
    i = end;
  }
}

/** Reads a set into `slots` and answers how many there are. Throws InputError above `max` slots or on a slot from `max` on. */
export function readRowSet(reader: ByteReader, slots: Int32Array, max: number): number {
  const count = reader.varint();
  if (count > max) throw new InputError("rows", count, `at most ${max}`);
  let next = 0;
  for (let i = 0; i < count; ) {
    const token = reader.varint();
    const length = token % 2 === 1 ? reader.varint() + 2 : 1;
    const first = next + Math.floor(token / 2);
    next = first + length;
    if (next > max || i + length > count) throw new InputError("row", next, `a slot below ${max}`);
    for (let slot = first; slot < next; slot++) slots[i++] = slot;
  }
  return count;
}
