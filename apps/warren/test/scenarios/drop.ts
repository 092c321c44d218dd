import { deepEqual, equal } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { TcpProxy } from "../tcp-proxy.ts";
import { twoInAYard, type World } from "./world.ts";

const ROUNDS = 3;
const ACTIONS = 10;

/** A player's cable is cut, each time with actions under way: back in the same seat, each of them ran once. */
export async function drop(world: World): Promise<void> {
  const cable = await TcpProxy.start();
  try {
    const { ann, ben } = await twoInAYard(world, (url) => through(cable, url));
    const statuses: string[] = [];
    ben.onStatus((status) => statuses.push(status));
    const totals: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      // Some get there and their answers are lost, some are lost themselves, some are said while there is no socket.
      const acting = Array.from({ length: ACTIONS }, () => ben.act("add", { by: 1 }));
      cable.deaf = round % 2 === 0 ? "client" : "server";
      acting.push(...Array.from({ length: ACTIONS }, () => ben.act("add", { by: 1 })));
      await eventually(() => (cable.lostBytes > 0 ? undefined : "nothing was lost yet"));
      cable.isDown = true;
      cable.cut("both");
      await eventually(() => (ben.status === "offline" ? undefined : `Ben is ${ben.status}`));
      acting.push(...Array.from({ length: ACTIONS }, () => ben.act("add", { by: 1 })));
      cable.isDown = false;
      totals.push(...(await Promise.all(acting)).map(({ total }) => total));
      cable.lostBytes = 0;
    }
    const all = ROUNDS * 3 * ACTIONS;
    deepEqual(
      totals,
      Array.from({ length: all }, (_, i) => i + 1),
    );
    deepEqual(statuses, Array.from({ length: ROUNDS }, () => ["offline", "online"]).flat());
    for (const room of [ann, ben])
      await eventually(() => (room.state.total === all ? undefined : `the total is ${room.state.total}`));
    equal(ann.state.marks.get(ben.playerId)?.added, all);
    equal(ann.state.left, 0);
    await Promise.all([ann.leave(), ben.leave()]);
  } finally {
    await cable.close();
  }
}

/** The same way, by a cable that can be cut. */
function through(cable: TcpProxy, url: string): string {
  const target = new URL(url);
  cable.targetPort = Number(target.port);
  target.port = String(cable.port);
  return target.href;
}
