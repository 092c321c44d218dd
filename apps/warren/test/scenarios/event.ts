import { deepEqual } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { twoInAYard, type World } from "./world.ts";

const EVENTS = 300;

/** The room says many things: everybody hears each of them once, in order. */
export async function event(world: World): Promise<void> {
  const { ann, ben } = await twoInAYard(world);
  const heard = [ann, ben].map((room) => {
    const numbers: number[] = [];
    room.on("number", ({ n }) => numbers.push(n));
    return numbers;
  });
  await ben.act("count", { to: EVENTS });
  for (const numbers of heard)
    await eventually(() => (numbers.length >= EVENTS ? undefined : `${numbers.length} were heard`));
  // Whatever came after all of it would have come before this answer.
  await Promise.all([ann.act("add", { by: 1 }), ben.act("add", { by: 1 })]);
  for (const numbers of heard)
    deepEqual(
      numbers,
      Array.from({ length: EVENTS }, (_, i) => i + 1),
    );
  await Promise.all([ann.leave(), ben.leave()]);
}
