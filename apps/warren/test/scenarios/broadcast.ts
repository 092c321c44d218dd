import { deepEqual } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { rest } from "./rest.ts";
import { heardBy } from "./tell.ts";
import { Visitors, type World } from "./world.ts";

const PLAYERS = 6;

/** The operator tells everyone something: all hear it once, whatever node they are on. */
export async function broadcast(world: World): Promise<void> {
  const visitors = new Visitors(world);
  const rooms = await Promise.all(
    Array.from({ length: PLAYERS }, (_, i) =>
      visitors.next().createRoom("yard", { join: { name: `Player ${i}` } }),
    ),
  );
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
