import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";

import { NOWHERE } from "./move-log.ts";
import { SLOT } from "./row-object.ts";
import { readRowSet, writeRowSet } from "./row-set.ts";
import { TABLE_ROWS_MAX, type TableRows } from "./table-rows.ts";

// A table as it is stored: a row set of those that are gone; a varint count of rows, each a varint `slot × 2 + isNew`,
// the key if it is new, and all values at the precision they are kept. In the order of the table, which is kept too.

/** Scratch for one reading. */
const goneSlots = new Int32Array(TABLE_ROWS_MAX);

/** Writes all that was assigned after `baseTick`; 0: everything. */
export function writeStoredTable(out: ByteWriter, table: TableRows, baseTick: number): void {
  const { area, bornAt, byKey, capacity, columns } = table;
  const { assignedAt } = table.ticks;
  const gone: number[] = [];
  if (baseTick > 0) {
    const slots = new Int32Array(capacity);
    const from = new Int32Array(capacity);
    const count = table.findMoved(baseTick, slots, from);
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const isSame = area[slot] !== NOWHERE && bornAt[slot]! <= baseTick;
      if (from[i] !== NOWHERE && !isSame) gone.push(slot);
    }
  }
  writeRowSet(out, Int32Array.from(gone).sort(), 0, gone.length);
  let assigned = 0;
  for (const row of byKey.values()) assigned += assignedAt[row[SLOT]]! > baseTick ? 1 : 0;
  out.varint(assigned);
  for (const [key, row] of byKey) {
    if (assignedAt[row[SLOT]]! <= baseTick) continue;
    const slot = row[SLOT];
    const isNew = bornAt[slot]! > baseTick;
    out.varint(slot * 2 + (isNew ? 1 : 0));
    if (isNew) out.string(key);
    for (const column of columns) column.writeStored(out, slot);
  }
}

/** Applies that to a table that is as the other one was at the base tick. */
export function readStoredTable(reader: ByteReader, table: TableRows): void {
  const { byKey, columns, keys } = table;
  table.forgetFree();
  const gone = readRowSet(reader, goneSlots, TABLE_ROWS_MAX);
  for (let i = 0; i < gone; i++) table.remove(keys[goneSlots[i]!]!);
  for (let left = reader.varint(); left > 0; left--) {
    const head = reader.varint();
    const slot = Math.floor(head / 2);
    if (head % 2 === 1) {
      const key = reader.string();
      if (slot >= TABLE_ROWS_MAX || !table.isFree(slot) || byKey.has(key)) {
        const accepted = `a new key in a free slot below ${TABLE_ROWS_MAX}`;
        throw new InputError("row", `${key} in slot ${slot}`, accepted);
      }
      const values = columns.map((column) => column.readStored(reader));
      table.put(key, values, slot);
    } else {
      const row = byKey.get(keys[slot] ?? "");
      if (!row) throw new InputError("row", slot, "a row of the table");
      for (const column of columns) row[column.name] = column.readStored(reader);
    }
  }
}
