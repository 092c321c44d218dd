import { ByteWriter, InputError } from "@warren/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateStore, StateView, t } from "./index.ts";

const type = t.state({
  phase: t.enum("lobby", "fight"),
  at: t.struct({ x: t.u8() }),
  marks: t.array(t.u8(), 3),
  ships: t.table(t.struct({ x: t.f32(), name: t.string(8) })),
});

function open() {
  const store = new StateStore(type);
  const view = new StateView(type.json);
  /** Seals the tick and gives what changed to the view; answers the bytes. */
  const sync = (baseTick = view.tick) => {
    const tick = store.seal();
    const out = new ByteWriter();
    store.writeDelta(out, baseTick);
    view.apply(tick, baseTick, out.view());
    return Buffer.from(out.view()).toString("hex");
  };
  return { store, state: store.state, view, sync };
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
    view.apply(9, 0, new Uint8Array([0, 0, 0]));
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
    //                   mask gone rows uid·2+1 key    x        name
    expect(sync(0)).toBe("00" + "00" + "01" + "03" + "0161" + "00000040" + "0141");
  });

  it("[D2] a key that comes back is a new row with a uid of its own", () => {
    const { state, view, sync } = open();
    state.ships.add("a", { name: "old" });
    sync();
    const shown = (view.state["ships"] as Map<string, object>).get("a");
    state.ships.delete("a");
    state.ships.add("a", { name: "new" });
    // mask 00, one row gone: 01, one row follows: uid 2 and new
    expect(sync()).toMatch(/^0001010105/);
    expect((view.state["ships"] as Map<string, object>).get("a")).toEqual({ x: 0, name: "new" });
    expect((view.state["ships"] as Map<string, object>).get("a")).not.toBe(shown);
  });

  it("a row that came and went between two readings is never told", () => {
    const { state, sync } = open();
    sync();
    state.ships.add("a");
    state.ships.delete("a");
    expect(sync()).toBe("000000");
  });

  it("only what changed is sent, and the same value again is no change", () => {
    const { state, sync } = open();
    const row = state.ships.add("a");
    sync();
    row.name = "A";
    row.x = 0;
    state.phase = "lobby";
    expect(sync()).toBe("00" + "00" + "01" + "02" + "02" + "0141");
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

  it("a value of several parts is changed by assigning it, and cannot be changed in silence", () => {
    const { state, view, sync } = open();
    sync();
    expect(() => {
      state.at.x = 1;
    }).toThrow(TypeError);
    state.at = { x: 1 };
    expect(() => {
      state.at.x = 2;
    }).toThrow(TypeError);
    expect(() => (state.marks as number[]).push(1)).toThrow(TypeError);
    state.marks = [...state.marks, 1];
    sync();
    expect(view.state).toMatchObject({ at: { x: 1 }, marks: [1] });
  });
});

describe("state view", () => {
  it("[P3] a delta from another tick than the one shown is refused", () => {
    const { view, sync } = open();
    sync();
    expect(() => view.apply(5, 3, new Uint8Array([0, 0, 0]))).toThrow(
      "state base tick is 3; accepted: 1, the tick shown",
    );
    expect(view.tick).toBe(1);
    sync();
    expect(() => view.apply(5, 1, new Uint8Array([0, 0, 0]))).toThrow("state base tick is 1");
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
