import { deepEqual } from "node:assert/strict";
import { watchRoom } from "@warren/client";
import { eventually } from "@warren/testkit";
import { rest } from "./rest.ts";
import { heardBy } from "./tell.ts";
import { twoInAYard, type World } from "./world.ts";

const SPECTATORS = 4;

/** The operator tells everyone something, players and spectators: all hear it once, whatever node they are on. */
export async function broadcast(world: World): Promise<void> {
  const { ann, ben, visitors } = await twoInAYard(world);
  const rooms = [ann, ben];
  // Each is sent to the node that has the fewest by then.
  for (let i = 0; i < SPECTATORS; i++)
    rooms.push(await watchRoom(visitors.next(), "yard", { joinCode: ann.joinCode }));
  const heard = rooms.map(heardBy);
  for (const [i, url] of world.adminUrls.entries()) {
    await rest("POST", `${url}/admin/v1/broadcast`, { body: { topic: "operator", data: i } });
    for (const messages of heard)
      await eventually(() => (messages.length > i ? undefined : `${messages.length} messages were heard`));
  }
  const all = world.adminUrls.map((_, i) => ["operator", i] as const);
  for (const messages of heard) deepEqual(messages, all);
  await Promise.all(rooms.map((room) => room.leave()));
}
