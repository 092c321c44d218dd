import type { Game } from "@warren/game";
import {
  fieldsOf,
  type RoomWireSchema,
  type StateFields,
  type TableType,
  type TableVisibility,
  typeBytes,
  typeText,
} from "@warren/schema";
import { wrapped } from "@warren/service";
import type { Screen } from "./terminal.ts";

type TypeJson = RoomWireSchema["input"];

/** One field; `title`: the heading of a group of them. `bytes`: what a value costs, or all of a group that comes whole. */
interface Line {
  readonly title?: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: string;
}

const INDENT = "  ";
const TYPE_COLUMNS_MIN = 16;

/** The contract of a room with its clients, for a person: what there is, of what type, and its bytes on the wire. */
export function contractLines(name: string, room: Game["rooms"][string], screen: Screen): string[] {
  const groups = groupsOf(room);
  const rows = groups.flat();
  const widest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
  const nameColumns = widest(rows.map((row) => INDENT + row.name)) + 2;
  const bytesColumns = widest(["bytes", ...rows.map(({ bytes }) => bytes)]);
  const typeColumns = Math.min(
    Math.max(widest(rows.map(({ type }) => type)), widest(rows.map(({ title = "" }) => title)) - nameColumns),
    Math.max(TYPE_COLUMNS_MIN, screen.columns - nameColumns - bytesColumns - 2),
  );
  const withBytes = (text: string, bytes: string) =>
    `${text.padEnd(nameColumns + typeColumns)}  ${bytes.padStart(bytesColumns)}`.trimEnd();

  const ticks = room.tickHz === 0 ? "no ticks" : `${room.tickHz} ticks/s`;
  return [
    screen.heading(withBytes(name, "bytes")),
    `${INDENT}${room.seats} ${room.seats === 1 ? "seat" : "seats"}, ${ticks}`,
    `${INDENT}fingerprint ${room.wireFingerprint}`,
    ...groups.flatMap((group) => [
      "",
      ...group.flatMap(({ title, name: field, type, bytes }) => {
        if (title !== undefined) return screen.heading(withBytes(title, bytes));
        const [first = "", ...more] = wrapped(type, typeColumns);
        const start = (INDENT + field).padEnd(nameColumns);
        return [withBytes(start + first, bytes), ...more.map((line) => " ".repeat(nameColumns) + line)];
      }),
    ]),
  ];
}

function groupsOf(room: Game["rooms"][string]): Line[][] {
  const { state, input, actions, events } = room.wire;
  const fields: StateFields = room.state.fields;
  const groups = [
    group("state", undefined, state.values.map(row)),
    ...state.tables.map(([name, type]) =>
      group(`table ${name}, seen by ${viewText((fields[name] as TableType).view)}`, type, rowsOf(type)),
    ),
    group("input", input, rowsOf(input)),
    ...actions.map(([name, args, result]) =>
      group(`action ${name}`, undefined, [
        ...rowsOf(args),
        ...rowsOf(result).map((line) => ({ ...line, name: `→ ${line.name}` })),
      ]),
    ),
    ...events.map(([name, payload]) => group(`event ${name}`, payload, rowsOf(payload))),
  ];
  // A room may do without values or inputs; actions and events are named even when they carry nothing.
  return groups.filter((lines) => lines.length > 1 || /^(action|event) /.test(lines[0]?.title ?? ""));
}

function group(title: string, whole: TypeJson | undefined, rows: readonly Line[]): Line[] {
  return [{ title, name: "", type: "", bytes: whole === undefined ? "" : bytesText(whole) }, ...rows];
}

/** The fields of a struct; any other type is one line without a name. */
function rowsOf(type: TypeJson): Line[] {
  return fieldsOf(type)?.map(row) ?? [row(["", type])];
}

function row([name, type]: readonly [name: string, type: TypeJson]): Line {
  return { name, type: typeText(type), bytes: bytesText(type) };
}

function bytesText(type: TypeJson): string {
  const { min, max } = typeBytes(type);
  return min === max ? String(min) : `${min}–${max}`;
}

/** `everyone`, `self`, or `group(team)`. */
function viewText(view: TableVisibility): string {
  if (typeof view === "string") return view;
  const [[kind, argument] = ["", ""]] = Object.entries(view);
  const values = typeof argument === "object" ? Object.values(argument as object) : [argument];
  return `${kind}(${values.join(", ")})`;
}
