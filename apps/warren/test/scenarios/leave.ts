import { equal, rejects } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { Visitors, type World } from "./world.ts";

/** Who leaves a full room is seen to leave, and the seat is another's. */
export async function leave(world: World): Promise<void> {
  const visitors = new Visitors(world);
  const ann = await visitors.next().createRoom("bench", { join: { name: "Ann" } });
  const enter = (name: string) => visitors.next().joinByCode("bench", ann.joinCode, { join: { name } });
  const ben = await enter("Ben");
  await rejects(enter("Cid"), { code: "ROOM_FULL" });
  const { playerId } = ben;
  await ben.leave();
  equal(ben.status, "ended");
  await eventually(() => (ann.state.marks.has(playerId) ? "Ben is still there" : undefined));
  const cid = await enter("Cid");
  await eventually(() => (ann.state.marks.has(cid.playerId) ? undefined : "Cid is not there"));
  await Promise.all([ann.leave(), cid.leave()]);
}
