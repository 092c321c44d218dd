import { ByteReader, ByteWriter, InputError } from "@warren/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StateFields, StateStore, type StateType, StateView, t, type View } from "./index.ts";

const type = t.state({
  phase: t.enum("lobby", "fight"),
  at: t.struct({ x: t.u8() }),
  marks: t.array(t.u8(), 3),
  ships: t.table(t.struct({ x: t.f32(), name: t.string(8) })),
});

function open<S extends StateType<StateFields> = typeof type>(definition: S = type as never, self?: string) {
  const store = new StateStore(definition);
  const eyes = store.eyesOf(self);
  const view = new StateView(definition.json);
  let then: View | undefined;
  /** Seals the tick and gives what changed to the view; answers the bytes. */
  const sync = (baseTick = view.tick) => {
    const tick = store.seal();
    const now = eyes.view;
    const out = new ByteWriter();
    store.writeDelta(out, baseTick, then ?? now, now);
    view.apply(tick, baseTick, out.view());
    then = now;
    return Buffer.from(out.view()).toString("hex");
  };
  return { store, state: store.state, eyes, view, sync };
}

describe("state", () => {
  it("[D1] a snapshot begins from nothing: values and rows of before are gone", () => {
    const { state, view, sync } = open();
    sync();
    expect(view.state).toEqual({ phase: "lobby", at: { x: 0 }, marks: [], ships: new Map() });
    state.phase = "fight";
    state.ships.add("a");
    sync();
    // The snapshot of a room where nothing ever happened.
    view.apply(9, 0, new Uint8Array([0, 0]));
    expect(view.state).toEqual({ phase: "lobby", at: { x: 0 }, marks: [], ships: new Map() });
    expect(view.tick).toBe(9);
  });

  it("[D1] all rows of a snapshot are new, and no row is gone", () => {
    const { state, sync } = open();
    state.ships.add("a", { x: 1.5, name: "A" });
    state.ships.add("b");
    sync();
    state.ships.delete("b");
    state.ships.get("a")!.x = 2;
    //                   mask + values     NEW  rows   key      x          name   END
    expect(sync(0)).toBe("07" + "000000" + "02" + "0100" + "0161" + "00000040" + "0141" + "00");
  });

  it("[D2] a key that comes back is a new row", () => {
    const { state, view, sync } = open();
    state.ships.add("a", { name: "old" });
    sync();
    const shown = (view.state["ships"] as Map<string, object>).get("a");
    state.ships.delete("a");
    state.ships.add("a", { name: "new" });
    // GONE, one row: slot 0; NEW, one row: slot 0
    expect(sync()).toMatch(/^00010100020100/);
    expect((view.state["ships"] as Map<string, object>).get("a")).toEqual({ x: 0, name: "new" });
    expect((view.state["ships"] as Map<string, object>).get("a")).not.toBe(shown);
  });

  it("a row that came and went between two readings is never told", () => {
    const { state, sync } = open();
    sync();
    state.ships.add("a");
    state.ships.delete("a");
    expect(sync()).toBe("0000");
  });

  it("only what changed is sent, and the same value again is no change", () => {
    const { state, sync } = open();
    const row = state.ships.add("a");
    sync();
    row.name = "A";
    row.x = 0;
    state.phase = "lobby";
    //                mask CHANGED rows  columns name   END
    expect(sync()).toBe("00" + "03" + "0100" + "04" + "0141" + "00");
  });

  it("[D3] a column that changed in some rows has a mask of them, and neighbours are named together", () => {
    const { state, sync } = open();
    for (const key of ["a", "b", "c", "d", "e"]) state.ships.add(key);
    sync();
    for (const row of state.ships.values()) row.x = 1;
    state.ships.get("b")!.name = "B";
    state.ships.get("e")!.name = "E";
    //                          rows: 5, a run from 0 of 3 + 2; x in all, name in some
    expect(sync()).toBe(["00", "03", "050103", "09", "0000803f".repeat(5), "12", "01420145", "00"].join(""));
    state.ships.get("a")!.x = 2;
    state.ships.get("d")!.x = 2;
    expect(sync()).toBe(["00", "03", "020004", "01", "00000040".repeat(2), "00"].join(""));
  });

  it("[D3] small changes since the last tick are differences, and a row that differs by more is escaped", () => {
    const { state, sync, view } = open(t.state({ rows: t.table(t.struct({ x: t.u16(), turn: t.i8() })) }));
    for (const key of "abcdefgh") state.rows.add(key);
    sync();
    for (const [key, row] of state.rows) {
      row.x += key === "h" ? 5_000 : 1;
      row.turn = -1;
    }
    //                   rows: a run of 8; both columns as differences; x, then what is further; turn
    const head = ["03", "08", "01", "06", "0f"];
    expect(sync()).toBe([...head, "011000".repeat(3), "010080", "8813", "ff".repeat(4), "00"].join(""));
    expect((view.state["rows"] as Map<string, object>).get("h")).toEqual({ x: 5_000, turn: -1 });
    expect((view.state["rows"] as Map<string, object>).get("a")).toEqual({ x: 1, turn: -1 });
  });

  it("a change below the precision of the wire is kept and not sent", () => {
    const { state, sync, view } = open(
      t.state({
        ships: t.table(t.struct({ x: t.quantised(-10, 10, 0.5), angle: t.angle(8), speed: t.f32() })),
      }),
    );
    const row = state.ships.add("a", { x: 1 });
    sync();
    row.x = 1.2;
    row.angle = 0.01;
    row.speed = 1e-60;
    expect([row.x, row.angle, row.speed]).toEqual([1.2, 0.01, 1e-60]);
    expect(sync()).toBe("00");
    row.x = 1.3;
    row.angle = -4 * Math.PI - Math.PI / 2;
    sync();
    expect(view.state["ships"]).toEqual(new Map([["a", { x: 1.5, angle: -Math.PI / 2, speed: 0 }]]));
  });

  it("a value of several parts that is assigned equal to what it was is no change", () => {
    const { state, sync } = open();
    sync();
    state.at = { x: 0 };
    expect(sync()).toBe("0000");
  });

  it("what is assigned is checked, and the message names the place and the range", () => {
    const { state } = open();
    const row = state.ships.add("a");
    expect(() => {
      row.x = Number.NaN;
    }).toThrow("state.ships.x is NaN; accepted: a finite number within ±3.4e38");
    expect(() => {
      state.phase = "over" as "fight";
    }).toThrow('state.phase is "over"; accepted: one of lobby, fight');
    expect(() => state.ships.add("b", { hp: 1 } as object)).toThrow("state.ships.hp");
    expect(state.ships.size).toBe(1);
  });

  it("a row that was deleted cannot be written", () => {
    const { state } = open();
    const row = state.ships.add("a");
    state.ships.delete("a");
    state.ships.add("b");
    expect(() => {
      row.x = 1;
    }).toThrow("a row that was deleted");
    expect(state.ships.get("b")!.x).toBe(0);
  });

  it.each(["", "x".repeat(65), "ü".repeat(33), "a\ud83d"])("refuses the key %j", (key) => {
    const { state } = open();
    expect(() => state.ships.add(key)).toThrow("accepted: text of 1 to 64 UTF-8 bytes");
  });

  it("refuses a key that is taken", () => {
    const { state } = open();
    state.ships.add("a");
    expect(() => state.ships.add("a")).toThrow(
      'state.ships key is "a"; accepted: a key that is not in the table',
    );
  });

  it("bytes that were written into are sent when they are assigned again", () => {
    const { state, view, sync } = open(t.state({ data: t.bytes(4), at: t.struct({ data: t.bytes(4) }) }));
    state.data = new Uint8Array([1]);
    state.at = { data: new Uint8Array([1]) };
    sync();
    const { data, at } = state;
    data[0] = 2;
    at.data[0] = 3;
    expect(sync()).toBe("00");
    state.data = data;
    state.at = at;
    sync();
    expect(view.state).toEqual({ data: new Uint8Array([2]), at: { data: new Uint8Array([3]) } });
  });

  it("a value of several parts is changed by assigning it, and cannot be changed in silence", () => {
    const { state, view, sync } = open();
    sync();
    expect(() => {
      (state.at as { x: number }).x = 1;
    }).toThrow(TypeError);
    state.at = { x: 1 };
    expect(() => {
      (state.at as { x: number }).x = 2;
    }).toThrow(TypeError);
    expect(() => (state.marks as number[]).push(1)).toThrow(TypeError);
    state.marks = [...state.marks, 1];
    sync();
    expect(view.state).toMatchObject({ at: { x: 1 }, marks: [1] });
  });
});

describe("views", () => {
  const Row = t.struct({ owner: t.string(8), team: t.enum("red", "blue"), x: t.i16(), y: t.i16() });
  const shown = (view: StateView) => [...(view.state["rows"] as Map<string, unknown>).keys()].sort();

  it("`self`: a player sees the row that has the player's id for its key", () => {
    const { state, view, sync } = open(t.state({ rows: t.table(Row, { view: "self" }) }), "ann");
    state.rows.add("ann");
    state.rows.add("bob");
    sync();
    expect(shown(view)).toEqual(["ann"]);
    state.rows.delete("ann");
    sync();
    expect(shown(view)).toEqual([]);
  });

  it("`self` by a field: a row that changes hands leaves one view and enters another", () => {
    const definition = t.state({ rows: t.table(Row, { view: { self: "owner" } }) });
    const { state, view, sync } = open(definition, "ann");
    const card = state.rows.add("card", { owner: "ann", x: 1 });
    sync();
    expect(shown(view)).toEqual(["card"]);
    card.owner = "bob";
    card.x = 2;
    const bytes = sync();
    expect(shown(view)).toEqual([]);
    expect(bytes).toBe("010100" + "00");
    card.owner = "ann";
    sync();
    expect((view.state["rows"] as Map<string, object>).get("card")).toMatchObject({ x: 2 });
  });

  it("`group`: only members see a row, and lose sight of it when they change sides", () => {
    const definition = t.state({ rows: t.table(Row, { view: { group: "team" } }) });
    const { state, eyes, view, sync } = open(definition, "ann");
    state.rows.add("r", { team: "red" });
    state.rows.add("b", { team: "blue" });
    sync();
    expect(shown(view)).toEqual([]);
    eyes.groups = { team: "red" };
    sync();
    expect(shown(view)).toEqual(["r"]);
    eyes.groups = { team: ["red", "blue"] };
    sync();
    expect(shown(view)).toEqual(["b", "r"]);
    eyes.groups = { team: "blue" };
    sync();
    expect(shown(view)).toEqual(["b"]);
  });

  it("`group`: no field's name puts one into a group", () => {
    const rows = t.table(t.struct({ toString: t.string(8) }), { view: { group: "toString" } });
    const { state, eyes, view, sync } = open(t.state({ rows }), "ann");
    state.rows.add("a", { toString: "x" } as never);
    sync();
    expect(shown(view)).toEqual([]);
    eyes.groups = { toString: "x" } as never;
    sync();
    expect(shown(view)).toEqual(["a"]);
  });

  it("`group`: a number is another group than its text", () => {
    const rows = t.table(t.struct({ n: t.u8() }), { view: { group: "n" } });
    const { state, eyes, view, sync } = open(t.state({ rows }), "ann");
    state.rows.add("a", { n: 1 });
    eyes.groups = { n: "1" };
    sync();
    expect(shown(view)).toEqual([]);
    eyes.groups = { n: 1 };
    sync();
    expect(shown(view)).toEqual(["a"]);
  });

  it("`grid`: what is near the eye is seen, by whole cells; the eye is at the own row until it is moved", () => {
    const grid = { x: "x", y: "y", cell: 10, radius: 15 } as const;
    const { state, eyes, view, sync } = open(t.state({ rows: t.table(Row, { view: { grid } }) }), "ann");
    for (const x of [0, 10, 29, 30, -20, -21]) state.rows.add(`x${x}`, { x });
    sync();
    expect(shown(view)).toEqual([]);
    const own = state.rows.add("ann", { x: 5 });
    sync();
    // Cells −2 to 2: their nearest edges are at most 10 away.
    expect(shown(view)).toEqual(["ann", "x-20", "x0", "x10", "x29"]);
    own.x = 15;
    sync();
    expect(shown(view)).toEqual(["ann", "x0", "x10", "x29", "x30"]);
    eyes.eye = { x: 1_000, y: 0 };
    sync();
    expect(shown(view)).toEqual([]);
  });

  it("`grid`: at the edge of the world the other end is out of sight", () => {
    const grid = { x: "x", y: "y", cell: 0.5, radius: 1 } as const;
    const { state, eyes, view, sync } = open(t.state({ rows: t.table(Row, { view: { grid } }) }));
    for (const y of [-32_768, 32_767]) state.rows.add(`y${y}`, { x: -32_768, y });
    eyes.eye = { x: -32_768, y: 32_767 };
    sync();
    expect(shown(view)).toEqual(["y32767"]);
    for (const row of state.rows.values()) row.x++;
    sync();
    state.rows.delete("y-32768");
    sync();
    expect(shown(view)).toEqual(["y32767"]);
  });

  it("one without a row, such as a spectator, sees what everyone sees and nothing else", () => {
    const grid = { x: "x", y: "y", cell: 10, radius: 15 } as const;
    const definition = t.state({
      all: t.table(Row),
      rows: t.table(Row, { view: { grid } }),
      own: t.table(Row, { view: { self: "owner" } }),
    });
    const { state, view, sync } = open(definition);
    for (const table of [state.all, state.rows, state.own]) table.add("a");
    sync();
    expect(
      [view.state["all"], view.state["rows"], view.state["own"]].map((m) => (m as Map<string, object>).size),
    ).toEqual([1, 0, 0]);
  });

  it.each<[view: object, message: string]>([
    [{ self: "x" }, 't.table view.self is "x"; accepted: the name of a string field of the row'],
    [{ self: "none" }, "t.table view.self"],
    [{ grup: "team" }, 't.table view is {"grup":"team"}; accepted: everyone, self, a group or a grid'],
    [{ group: "at" }, "t.table view.group"],
    [{ grid: { x: "x", y: "team", cell: 1, radius: 1 } }, 't.table view.grid.y is "team"'],
  ])("refuses the view %j", (view, message) => {
    expect(() => t.table(Row, { view: view as unknown as "self" })).toThrow(message);
  });

  it.each([
    [1, 16],
    [0, 1],
    [Number.POSITIVE_INFINITY, 1],
    [1, -1],
    [1, Number.NaN],
  ])("refuses a grid of cells of %d and a radius of %d", (cell, radius) => {
    const view = { grid: { x: "x", y: "y", cell, radius } } as const;
    expect(() => t.table(Row, { view })).toThrow("a cell above 0 and a radius from 0 to below 16 cells");
  });
});

describe("state as it is stored", () => {
  const definition = t.state({
    round: t.u8(),
    ships: t.table(t.struct({ x: t.quantised(0, 100, 1), angle: t.angle(8), f: t.f32(), name: t.string(8) })),
    cards: t.table(t.struct({ owner: t.string(8), at: t.optional(t.struct({ x: t.f32() })) }), {
      view: { self: "owner" },
    }),
  });
  const stored = (store: StateStore<typeof definition>, baseTick: number) => {
    const out = new ByteWriter();
    store.writeStored(out, baseTick);
    return new ByteReader(out.finish());
  };
  const picture = ({ state }: StateStore<typeof definition>) =>
    JSON.stringify([state.round, [...state.ships], [...state.cards]]);

  it("everything comes back at full precision and in order, whoever sees it", () => {
    const { store, state } = open(definition);
    state.round = 3;
    state.ships.add("gone");
    state.ships.add("b", { x: 33.333, angle: 9.9, f: 0.1, name: "B" });
    state.ships.delete("gone");
    state.ships.add("a", { x: 0.25 });
    state.cards.add("c", { owner: "ann", at: { x: 0.1 } });
    store.seal();
    const copy = new StateStore(definition);
    copy.readStored(stored(store, 0));
    expect(picture(copy)).toBe(picture(store));
    expect(picture(copy)).toContain("33.333");
    expect(copy.tick).toBe(store.tick);
  });

  it("what was assigned since a tick, however little, brings a copy up to date", () => {
    const { store, state } = open(definition);
    const row = state.ships.add("a", { x: 5 });
    state.ships.add("b");
    const base = store.seal();
    const copy = new StateStore(definition);
    copy.readStored(stored(store, 0));
    row.x = 5.001;
    state.ships.delete("b");
    state.cards.add("c");
    store.seal();
    state.ships.add("d");
    state.round = 9;
    store.seal();
    copy.readStored(stored(store, base));
    expect(picture(copy)).toBe(picture(store));
    // A client of the copy goes on as one of the original would.
    copy.state.ships.get("a")!.name = "A";
    const tick = copy.seal();
    const eyes = copy.eyesOf("ann");
    const out = new ByteWriter();
    copy.writeDelta(out, 0, eyes.view, eyes.view);
    const view = new StateView(definition.json);
    view.apply(tick, 0, out.view());
    expect(
      [...(view.state["ships"] as Map<string, { name: string }>)].map(([key, { name }]) => key + name),
    ).toEqual(["aA", "d"]);
  });

  // A head (slot × 2, plus one: the row is new), the key and x.
  it.each([
    ["another row's slot", "01" + "0162" + "00"],
    ["another row's key", "03" + "0161" + "00"],
  ])("a new row with %s is refused", (_what, second) => {
    const small = t.state({ rows: t.table(t.struct({ x: t.u8() })) });
    const { store, state } = open(small);
    state.rows.add("a");
    state.rows.add("b");
    store.seal();
    const out = new ByteWriter();
    store.writeStored(out, 0);
    const stored = Buffer.from(out.view()).toString("hex");
    expect(stored).toMatch(/0101610003016200$/);
    const damaged = stored.replace(/03016200$/, second);
    expect(() => new StateStore(small).readStored(new ByteReader(Buffer.from(damaged, "hex")))).toThrow(
      "accepted: a new key in a free slot below 65536",
    );
  });

  it("what was deleted and is forgotten is not left out in silence", () => {
    const { store } = open(definition);
    for (let i = 0; i < 3; i++) store.seal();
    store.forget(2);
    expect(() => stored(store, 1)).toThrow("what was deleted after tick 1 is forgotten up to 2");
    for (const baseTick of [0, 2, 3]) stored(store, baseTick);
  });

  it("a state that is too old for its ticks fails rather than stand still", () => {
    const out = new ByteWriter();
    open(definition).store.writeStored(out, 0);
    const age = (tick: number) => {
      const head = new ByteWriter();
      head.varint(tick);
      // One byte was the tick of the store that was written.
      head.raw(out.view().subarray(1));
      const { store } = open(definition);
      store.readStored(new ByteReader(head.view()));
      return store;
    };
    const store = age(2 ** 31 - 2);
    expect(() => store.seal()).toThrow("a state lives for 2147483646 ticks");
    expect(() => age(2 ** 31 - 1)).toThrow("stored tick is 2147483647; accepted: 0 to 2147483646");
  });

  it("what follows another tick than the copy's is refused", () => {
    const { store } = open(definition);
    store.seal();
    store.seal();
    expect(() => new StateStore(definition).readStored(stored(store, 1))).toThrow(
      "stored base tick is 1; accepted: 0",
    );
  });
});

describe("state view", () => {
  it("[P3] a delta from another tick than the one shown is refused", () => {
    const { view, sync } = open();
    sync();
    expect(() => view.apply(5, 3, new Uint8Array([0, 0]))).toThrow(
      "state base tick is 3; accepted: 1, the tick shown",
    );
    expect(view.tick).toBe(1);
    sync();
    expect(() => view.apply(5, 1, new Uint8Array([0, 0]))).toThrow("state base tick is 1");
  });

  it("any bytes are a state or an InputError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }), (payloads) => {
        const view = new StateView(type.json);
        try {
          payloads.forEach((payload, i) => {
            view.apply(i + 1, i, payload);
          });
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
