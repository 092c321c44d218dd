import { deepEqual } from "node:assert/strict";
import { onMessage, watchRoom } from "@warren/client";
import { eventually } from "@warren/testkit";
import { rest } from "./rest.ts";
import { type ScenarioRoom, Visitors, type World } from "./world.ts";

/**
 * A backend tells a player in a room and one who only watches something, and a room tells somebody who is in another:
 * it comes once, wherever they are.
 */
export async function tell(world: World): Promise<void> {
  const { matchmakers, serverKey } = world;
  const visitors = new Visitors(world);
  const ann = await visitors.next().createRoom("yard", { join: { name: "Ann" } });
  const ben = await visitors.next().createRoom("yard", { join: { name: "Ben" } });
  const cid = await watchRoom(visitors.next(), "yard", { joinCode: ben.joinCode });
  const [toAnn, toBen, toCid] = [heardBy(ann), heardBy(ben), heardBy(cid)];
  for (const { playerId } of [ben, cid]) {
    const path = `/v1/players/${encodeURIComponent(playerId)}/messages`;
    const body = { topic: "backend", data: { gold: 3 }, messageId: `gift of ${playerId}` };
    // By every matchmaker, as of a backend that had no answer.
    for (const url of matchmakers)
      await eventually(async () =>
        rest("POST", url + path, { token: serverKey, body }).then(() => undefined, String),
      );
  }
  await ann.act("tell", { player: ben.playerId, text: "hello" });
  await ann.act("tell", { player: cid.playerId, text: "hello" });
  const all = [
    ["backend", { gold: 3 }],
    ["room", { text: "hello" }],
  ];
  for (const heard of [toBen, toCid])
    await eventually(() => (heard.length >= all.length ? undefined : `${JSON.stringify(heard)} were heard`));
  await eventually(() => (ann.state.told === 2 ? undefined : `the room has told ${ann.state.told}`));
  deepEqual([toAnn, toBen, toCid], [[], all, all]);
  await Promise.all([ann.leave(), ben.leave(), cid.leave()]);
}

export function heardBy(room: ScenarioRoom): (readonly [topic: string, data: unknown])[] {
  const heard: (readonly [string, unknown])[] = [];
  onMessage(room, (topic, data) => heard.push([topic, data]));
  return heard;
}
