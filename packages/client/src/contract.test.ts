import type { Welcome } from "@warren/protocol/session";
import { type RoomWireSchema, t, wireSchemaFingerprint, wireSchemaOf } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { Contract } from "./contract.ts";

const parts = {
  state: t.state({ total: t.u32() }),
  input: t.struct({ steer: t.i8() }),
  actions: { add: t.action({ by: t.u8() }, {}) },
};
const schema = wireSchemaOf(parts);
const withRound = wireSchemaOf({ ...parts, state: t.state({ round: t.u8(), total: t.u32() }) });
const withoutTotal = wireSchemaOf({ ...parts, state: t.state({}) });

const welcome = (wire: RoomWireSchema, brings = true) =>
  ({
    wireFingerprint: wireSchemaFingerprint(wire),
    wireSchema: brings ? JSON.stringify(wire) : "",
  }) as Welcome;
const refusal = (message: string | RegExp) =>
  expect.objectContaining({ code: "WIRE_INCOMPATIBLE", message: expect.stringMatching(message) });

describe("[H4] what HELLO names", () => {
  it("is nothing at first, then the schema that came last", () => {
    const contract = new Contract();
    expect(contract.fingerprint).toBe("");
    contract.accept(welcome(schema));
    expect(contract.fingerprint).toBe(wireSchemaFingerprint(schema));
    contract.accept(welcome(withRound));
    expect(contract.fingerprint).toBe(wireSchemaFingerprint(withRound));
  });

  it("is what the page was built for, and that schema need not come", () => {
    const contract = new Contract(schema);
    expect(contract.fingerprint).toBe(wireSchemaFingerprint(schema));
    expect(contract.accept(welcome(schema, false)).state).toEqual(schema.state);
  });

  it("means one codec for one schema, also after another was there", () => {
    const contract = new Contract(schema);
    const codec = contract.accept(welcome(schema, false));
    contract.accept(welcome(withRound));
    expect(contract.accept(welcome(schema))).toBe(codec);
    expect(contract.accept(welcome(schema, false))).toBe(codec);
  });

  it("a schema that neither came nor is known is the server's fault", () => {
    const accepting = () => new Contract(schema).accept(welcome(withRound, false));
    expect(accepting).toThrow(expect.objectContaining({ code: "PROTOCOL_VIOLATION" }));
  });
});

describe("[H7] what is refused", () => {
  it.each([
    ["the page's own contract", new Contract(schema)],
    ["the first schema that came", new Contract()],
  ])("is what lacks something of %s; what was there goes on", (_title, contract) => {
    const codec = contract.accept(welcome(schema));
    expect(() => contract.accept(welcome(withoutTotal))).toThrow(refusal("^state.total is gone; reload"));
    expect(contract.fingerprint).toBe(wireSchemaFingerprint(schema));
    expect(contract.accept(welcome(schema, false))).toBe(codec);
  });

  it.each([
    ["a value", { ...schema, state: { values: [["aim", "f128"]], tables: [] } }],
    ["a row", { ...schema, state: { values: [], tables: [["ships", { struct: [["aim", "f128"]] }]] } }],
    ["an input", { ...schema, input: { struct: [["aim", "f128"]] } }],
    ["an event", { ...schema, events: [["hit", { struct: [["aim", "f128"]] }]] }],
    ["a result", { ...schema, actions: [["add", { struct: [] }, "f128"]] }],
  ])("is a type that this SDK does not know, in %s", (_title, unknown) => {
    const contract = new Contract();
    const accepting = () => contract.accept(welcome(unknown as never));
    expect(accepting).toThrow(refusal(/"f128"; accepted: a type this client knows.*reload the page$/));
    expect(contract.fingerprint).toBe("");
  });
});
