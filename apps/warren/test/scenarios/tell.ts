import { deepEqual } from "node:assert/strict";
import { onMessage } from "@warren/client";
import { eventually } from "@warren/testkit";
import { rest } from "./rest.ts";
import { type ScenarioRoom, Visitors, type World } from "./world.ts";

/** A backend and a room that the player is not in tell the player something: it comes once, wherever the player is. */
export async function tell(world: World): Promise<void> {
  const { matchmakers, serverKey } = world;
  const visitors = new Visitors(world);
  const [ann, ben] = [
    await visitors.next().createRoom("yard", { join: { name: "Ann" } }),
    await visitors.next().createRoom("yard", { join: { name: "Ben" } }),
  ];
  const [toAnn, toBen] = [heardBy(ann), heardBy(ben)];
  const message = { topic: "backend", data: { gold: 3 }, messageId: `gift of ${ben.playerId}` };
  // By every matchmaker, as a backend does that had no answer.
  for (const url of matchmakers)
    await eventually(() =>
      told(`${url}/v1/players/${encodeURIComponent(ben.playerId)}/messages`, serverKey, message),
    );
  await ann.act("tell", { player: ben.playerId, text: "hello" });
  await eventually(() => (toBen.length >= 2 ? undefined : `Ben heard ${JSON.stringify(toBen)}`));
  await eventually(() =>
    ann.state.told === 1 ? undefined : `Ann's room knows of ${ann.state.told} it has told`,
  );
  deepEqual(toBen, [
    ["backend", { gold: 3 }],
    ["room", { text: "hello" }],
  ]);
  deepEqual(toAnn, []);
  await Promise.all([ann.leave(), ben.leave()]);
}

export function heardBy(room: ScenarioRoom): (readonly [topic: string, data: unknown])[] {
  const heard: (readonly [string, unknown])[] = [];
  onMessage(room, (topic, data) => heard.push([topic, data]));
  return heard;
}

/** Undefined once it was delivered; where a player is may be known a moment after the player. */
async function told(url: string, token: string, body: object): Promise<string | undefined> {
  return rest("POST", url, { token, body }).then(() => undefined, String);
}
