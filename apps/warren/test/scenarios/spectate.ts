import { deepEqual, rejects } from "node:assert/strict";
import { watchRoom } from "@warren/client";
import { eventually } from "@warren/testkit";
import { twoInAYard, type World } from "./world.ts";

const EVENTS = 20;

/** Somebody watches by the room's code: sees what those in it see, hears what is said to all, and changes nothing. */
export async function spectate(world: World): Promise<void> {
  const { ann, ben, visitors } = await twoInAYard(world);
  const eye = await watchRoom(visitors.next(), "yard", { joinCode: ann.joinCode });
  const numbers: number[] = [];
  eye.on("number", ({ n }) => numbers.push(n));
  await rejects(eye.act("add", { by: 1_000 }), { code: "SPECTATOR_ONLY" });
  eye.send({ dx: 100 });
  for (let i = 0; i < EVENTS; i++) await ann.act("add", { by: 1 });
  await ben.act("count", { to: EVENTS });
  await eventually(() => (numbers.length >= EVENTS ? undefined : `${numbers.length} were heard`));
  deepEqual(
    numbers,
    Array.from({ length: EVENTS }, (_, i) => i + 1),
  );
  await eventually(() => {
    const [theirs, seen] = [ann, eye].map(({ state }) =>
      JSON.stringify([state.total, [...state.marks].sort()]),
    );
    return ann.state.total === EVENTS && theirs === seen
      ? undefined
      : `Ann sees ${theirs}, who watches ${seen}`;
  });
  await Promise.all([eye.leave(), ann.leave(), ben.leave()]);
}
