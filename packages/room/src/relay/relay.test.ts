import { FrameType } from "@warren/protocol/session";
import { describe, expect, it } from "vitest";
import { pit } from "../testing/pit.ts";
import { RelayWorld } from "../testing/relay-world.ts";
import type { TestClient } from "../testing/test-node.ts";

const ROOM = "r_test";

/** `a` owns the room, `b` relays. */
function open(...args: Parameters<typeof pit>) {
  const world = new RelayWorld();
  const definition = pit(...args);
  const a = world.node("a", definition, ROOM);
  const b = world.node("b", definition);
  const join = async (player: string): Promise<TestClient> => {
    a.reserve(player);
    const client = b.connect();
    client.hello({ seatToken: a.token(player) });
    await world.pass(60);
    return client;
  };
  const watch = async (player: string, node = b): Promise<TestClient> => {
    const client = node.connect();
    client.hello({ seatToken: `${a.token(player)} watch` });
    await world.pass(60);
    return client;
  };
  return { world, a, b, join, watch };
}

describe("a relayed session", () => {
  it("[H5] gets WELCOME and a snapshot in one message, and then deltas", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    expect(ann.messages[0]!.map(({ type }) => type)).toEqual([FrameType.WELCOME, FrameType.STATE]);
    expect(ann.welcome).toMatchObject({ playerId: "ann", roomId: ROOM, epoch: 3, tickHz: 20, generation: 1 });
    await world.pass(500);
    expect(ann.states.map(({ baseTick }) => baseTick === 0).slice(0, 3)).toEqual([true, false, false]);
    expect(ann.view.count).toBeGreaterThan(10);
    expect(ann.states.at(-1)!.inputNumber).toBe(0);
  });

  it("acts, and is told the result, what changed and every event once", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    const ben = await join("ben");
    ann.act("add", { n: 7 });
    ann.act("shout", { times: 3, bytes: 4, to: [] });
    ben.act("refuse");
    await world.pass(100);
    expect(ann.results()[1]).toBe("2 ok");
    expect(ann.notes).toEqual(["1...", "2...", "3..."]);
    expect(ben.notes).toEqual(["1...", "2...", "3..."]);
    expect(ben.results()).toEqual(["1 ACTION_REFUSED not today"]);
    expect(ben.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3]);
  });
});
