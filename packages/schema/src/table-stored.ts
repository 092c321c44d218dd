import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";

import { SLOT } from "./row-object.ts";
import { readRowSet, writeRowSet } from "./row-set.ts";
import { NOWHERE, TABLE_ROWS_MAX, type TableRows } from "./table-rows.ts";

// A table as it is stored: a row set of those that are gone; a varint count of rows, each a varint `slot × 2 + isNew`,
// the key if it is new, and all values at the precision they are kept. In the order of the table, which is kept too.

/** Writes all that was assigned after `baseTick`; 0: everything. */
export function writeStoredTable(out: ByteWriter, table: TableRows, baseTick: number): void {
  const { area, bornAt, byKey, columns, ticks } = table;
  const { slots, from } = baseTick === 0 ? { slots: [], from: [] } : table.movedSince(baseTick);
  const isSame = (slot: number) => area[slot] !== NOWHERE && bornAt[slot]! <= baseTick;
  const gone = slots.filter((slot, i) => from[i] !== NOWHERE && !isSame(slot)).sort((a, b) => a - b);
  writeRowSet(out, Int32Array.from(gone), 0, gone.length);
  const rows = [...byKey].filter(([, row]) => ticks.assignedAt[row[SLOT]]! > baseTick);
  out.varint(rows.length);
  for (const [key, row] of rows) {
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
  const slots = new Int32Array(TABLE_ROWS_MAX);
  const gone = readRowSet(reader, slots, TABLE_ROWS_MAX);
  for (let i = 0; i < gone; i++) table.remove(keys[slots[i]!]!);
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
  table.findFree();
}
