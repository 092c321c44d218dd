import { deepEqual, equal } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { twoInAYard, type World } from "./world.ts";

const ACTIONS = 50;

/** Two players act at the same time: every action runs once, and is answered with what it came to. */
export async function act(world: World): Promise<void> {
  const { ann, ben } = await twoInAYard(world);
  const replies = await Promise.all(
    Array.from({ length: ACTIONS }, () => [ann.act("add", { by: 1 }), ben.act("add", { by: 1 })]).flat(),
  );
  const totals = replies.map(({ total }) => total);
  deepEqual(
    totals.sort((a, b) => a - b),
    Array.from({ length: 2 * ACTIONS }, (_, i) => i + 1),
  );
  for (const room of [ann, ben])
    await eventually(() =>
      room.state.total === 2 * ACTIONS ? undefined : `the total is ${room.state.total}`,
    );
  for (const { playerId } of [ann, ben]) equal(ann.state.marks.get(playerId)?.added, ACTIONS);
  await Promise.all([ann.leave(), ben.leave()]);
}
