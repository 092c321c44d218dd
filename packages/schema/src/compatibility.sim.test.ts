import { ByteReader, ByteWriter, Prng } from "@warren/kernel";
import { forEachSeed } from "@warren/testkit";
import { expect, it } from "vitest";
import { evolvedType, firstIncompatibility, type RoomWireSchema, typeFromJson } from "./index.ts";
import type { TypeJson } from "./type.ts";

// Random schemas, and every single change of them.

const RUNS = 150;

type Field = [name: string, type: TypeJson];
/** A schema whose lists may be changed. */
interface Draft {
  state: { values: Field[]; tables: Field[] };
  input: TypeJson;
  actions: [name: string, args: TypeJson, result: TypeJson][];
  events: Field[];
}

function randomType(prng: Prng, depth = 0): TypeJson {
  switch (prng.int(0, depth > 2 ? 4 : 7)) {
    case 0:
      return { enum: ["a", "b", "c"].slice(0, prng.int(1, 3)) };
    case 1:
      return { string: prng.int(1, 20) };
    case 2:
    case 3:
    case 4:
      return prng.pick(["bool", "u8", "u16", "u32", "i8", "i16", "i32", "f64"] as const);
    case 5: {
      const item = randomType(prng, depth + 1);
      // Items have to take a byte.
      if (typeof item === "object" && "struct" in item) (item.struct as Field[]).push(["id", "u8"]);
      return { array: item, max: prng.int(1, 4) };
    }
    default:
      return { struct: randomFields(prng, depth + 1) };
  }
}
const randomFields = (prng: Prng, depth: number): Field[] =>
  Array.from({ length: prng.int(0, 4) }, (_, i) => [`f${i}`, randomType(prng, depth)]);

function randomSchema(prng: Prng): Draft {
  return {
    state: {
      values: randomFields(prng, 0),
      tables: Array.from({ length: prng.int(0, 2) }, (_, i) => [
        `t${i}`,
        { struct: randomFields(prng, 1) } as TypeJson,
      ]),
    },
    input: randomType(prng),
    actions: Array.from({ length: prng.int(0, 2) }, (_, i) => [
      `a${i}`,
      { struct: randomFields(prng, 1) },
      { struct: randomFields(prng, 1) },
    ]),
    events: randomFields(prng, 1),
  };
}

/** One thing that can be done to a schema, and the message it has to bring. */
interface Edit {
  readonly message: string | RegExp | undefined;
  apply(): void;
}

const escaped = (text: string) => text.replaceAll(/[.[\]]/g, "\\$&");
const anotherType = (type: TypeJson): TypeJson =>
  typeof type === "object" && "string" in type ? { string: type.string + 1 } : type === "f32" ? "u32" : "f32";

/** All that can be done to this schema itself. */
function edits(schema: Draft, prng: Prng): Edit[] {
  const found: Edit[] = [];
  const inList = <Entry extends readonly [string, ...unknown[]]>(
    path: string,
    list: Entry[],
    fresh: (name: string) => Entry,
  ) => {
    list.forEach(([name], i) => {
      found.push({ message: `${path}.${name} is gone`, apply: () => void list.splice(i, 1) });
    });
    const at = prng.int(0, list.length);
    found.push({ message: undefined, apply: () => void list.splice(at, 0, fresh("added")) });
    found.push({ message: undefined, apply: () => void list.reverse() });
  };
  const inType = (path: string, type: TypeJson, replace: (by: TypeJson) => void) => {
    found.push({
      message: new RegExp(`^${escaped(path)} was .+ and is .+$`),
      apply: () => replace(anotherType(type)),
    });
    if (typeof type === "string") return;
    if ("enum" in type) {
      const names = type.enum as string[];
      found.push({ message: undefined, apply: () => void names.splice(prng.int(0, names.length), 0, "z") });
      if (names.length > 1)
        found.push({ message: `${path} no longer knows "a"`, apply: () => void names.shift() });
    } else if ("array" in type) {
      inType(`${path}[]`, type.array, (by) => Object.assign(type, { array: by }));
    } else if ("struct" in type) inFields(path, type.struct as Field[]);
  };
  const inFields = (path: string, fields: Field[]) => {
    inList(path, fields, (name) => [name, randomType(prng)]);
    for (const field of fields) {
      inType(`${path}.${field[0]}`, field[1], (by) => {
        field[1] = by;
      });
    }
  };
  inFields("state", schema.state.values);
  inList("state", schema.state.tables, (name) => [`${name}Table`, { struct: randomFields(prng, 1) }]);
  for (const [name, row] of schema.state.tables)
    inFields(`state.${name}`, (row as { struct: Field[] }).struct);
  inType("input", schema.input, (by) => {
    schema.input = by;
  });
  inList("actions", schema.actions, (name) => [name, { struct: [] }, { struct: randomFields(prng, 1) }]);
  for (const action of schema.actions) {
    inFields(`actions.${action[0]}.args`, (action[1] as { struct: Field[] }).struct);
    inFields(`actions.${action[0]}.result`, (action[2] as { struct: Field[] }).struct);
  }
  inFields("events", schema.events);
  return found;
}

it("[H7] a schema goes with itself and with whatever was added, and any one thing that was removed or retyped is named", () => {
  let checked = 0;
  forEachSeed(RUNS, (seed) => {
    const schema: RoomWireSchema = randomSchema(new Prng(seed)) as RoomWireSchema;
    expect(firstIncompatibility(schema, structuredClone(schema))).toBeUndefined();
    // The same seed finds the same edits in every copy.
    const { length } = edits(structuredClone(schema) as Draft, new Prng(seed + 1));
    for (let i = 0; i < length; i++) {
      const changed = structuredClone(schema) as Draft;
      const edit = edits(changed, new Prng(seed + 1))[i] as Edit;
      edit.apply();
      const why = firstIncompatibility(schema, changed as RoomWireSchema);
      if (edit.message instanceof RegExp) expect(why).toMatch(edit.message);
      else expect(why).toBe(edit.message);
      checked++;
    }
  });
  expect(checked).toBeGreaterThan(process.env["SEED"] === undefined ? RUNS * 10 : 0);
});

function randomValue(prng: Prng, type: TypeJson): unknown {
  if (type === "bool") return prng.int(0, 1) === 1;
  if (typeof type === "string") return prng.int(0, 127);
  if ("enum" in type) return prng.pick(type.enum);
  if ("string" in type) return "x".repeat(prng.int(0, type.string));
  if ("array" in type)
    return Array.from({ length: prng.int(0, type.max) }, () => randomValue(prng, type.array));
  if ("struct" in type)
    return Object.fromEntries(type.struct.map(([name, field]) => [name, randomValue(prng, field)]));
  throw new Error(`no value of ${JSON.stringify(type)}`);
}

/** What a room has to read where `value` of the older type was sent. */
function filled(expected: TypeJson, actual: TypeJson, value: unknown): unknown {
  if (typeof expected === "string" || typeof actual === "string") return value;
  if ("array" in expected && "array" in actual)
    return (value as unknown[]).map((item) => filled(expected.array, actual.array, item));
  if (!("struct" in expected && "struct" in actual)) return value;
  return Object.fromEntries(
    actual.struct.map(([name, type]) => {
      const known = expected.struct.find(([other]) => other === name);
      const part = (value as Record<string, unknown>)[name];
      return [name, known ? filled(known[1], type, part) : typeFromJson(type).initial()];
    }),
  );
}

it("[H7] what an older client sends reads as it was, with initial values where fields were added", () => {
  forEachSeed(RUNS, (seed) => {
    const prng = new Prng(seed);
    const schema = { ...randomSchema(prng), input: { struct: randomFields(prng, 0) } } as Draft;
    const changed = structuredClone(schema);
    // All that is safe at once.
    for (const { message, apply } of edits(changed, prng)) if (message === undefined) apply();
    expect(firstIncompatibility(schema as RoomWireSchema, changed as RoomWireSchema)).toBeUndefined();
    const type = evolvedType(schema.input, changed.input);
    const value = randomValue(prng, schema.input);
    const out = new ByteWriter();
    type.write(out, type.check(value, "input"));
    const reader = new ByteReader(out.finish());
    expect(typeFromJson(changed.input).read(reader)).toEqual(filled(schema.input, changed.input, value));
    reader.end();
  });
});
