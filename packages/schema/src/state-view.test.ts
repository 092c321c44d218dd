import { ByteWriter } from "@warren/kernel";
import { expect, it } from "vitest";
import { StateStore, StateView, t } from "./index.ts";

const Ship = { x: t.u8() };

it("a view by a newer schema takes the place of the older: the same object, the same maps", () => {
  const older = t.state({ phase: t.u8(), old: t.u8(), ships: t.table(t.struct(Ship)) });
  const newer = t.state({
    round: t.u8(),
    phase: t.u8(),
    shots: t.table(t.struct({ by: t.u8() })),
    ships: t.table(t.struct({ hp: t.u8(), ...Ship })),
  });
  const first = new StateView(older.json);
  const { state } = first;
  const { ships } = state;
  first.apply(
    1,
    0,
    snapshotOf(older, (room) => room.ships.add("a", { x: 1 })),
  );
  expect(state).toEqual({ phase: 0, old: 0, ships: new Map([["a", { x: 1 }]]) });

  const view = new StateView(newer.json, state);
  expect([view.tick, view.state, view.state["ships"]]).toEqual([0, state, ships]);
  const bytes = snapshotOf(newer, (room) => {
    room.round = 2;
    room.ships.add("b", { x: 3, hp: 4 });
  });
  view.apply(9, 0, bytes);
  expect(view.state).toBe(state);
  expect(state["ships"]).toBe(ships);
  expect(state).toEqual({ round: 2, phase: 0, shots: new Map(), ships: new Map([["b", { x: 3, hp: 4 }]]) });
});

function snapshotOf<S extends Parameters<typeof t.state>[0]>(
  type: ReturnType<typeof t.state<S>>,
  change: (state: StateStore<typeof type>["state"]) => void,
): Uint8Array {
  const store = new StateStore(type);
  change(store.state);
  store.seal();
  const out = new ByteWriter();
  const { view } = store.eyesOf(undefined);
  store.writeDelta(out, 0, view, view);
  return out.finish();
}
