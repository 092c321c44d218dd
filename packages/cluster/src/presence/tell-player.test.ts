import { type NodeId, parseNodeId, parsePlayerId } from "@warren/kernel";
import { MessageOutcome, PlayerMessage, PlayerMessageAnswer } from "@warren/protocol/services";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { LiveNodes } from "../live-nodes.ts";
import { memoryCluster } from "../memory/index.ts";
import { PlayerNodes } from "./player-nodes.ts";
import { encodePresence, presenceKey } from "./presence-entry.ts";
import { messageSubject, TELL_MS_MAX, type TellWays, type Told, tellPlayer } from "./tell-player.ts";

const ANN = parsePlayerId("ann");
const MESSAGE = { messageId: "m1", topic: "gift", data: "{}" };
const A = parseNodeId("n_a");
const B = parseNodeId("n_b");

/** A cluster in which nodes answer as the test says, and the directory says what it is told to. */
async function setUp() {
  const clock = new VirtualClock(1_000);
  const cluster = memoryCluster(clock);
  for (const node of [A, B]) await cluster.lease.acquire("node", node, new Uint8Array([1]));
  const nodes = await LiveNodes.watch(cluster.lease);
  const asked: string[] = [];
  const reads = { count: 0, fail: false };
  const directory: typeof cluster.directory = {
    claim: (...args) => cluster.directory.claim(...args),
    remove: (...args) => cluster.directory.remove(...args),
    async get(...args) {
      reads.count++;
      if (reads.fail) throw new Error("the directory is down");
      return cluster.directory.get(...args);
    },
  };
  const ways: TellWays = { bus: cluster.bus, clock, players: new PlayerNodes({ directory, nodes, clock }) };
  const key = presenceKey(ANN);
  return {
    asked,
    reads,
    async says(...named: NodeId[]) {
      const entry = await cluster.directory.get("presence", key);
      await cluster.directory.claim("presence", key, encodePresence(named), entry?.revision);
    },
    /** What a node answers, request by request; "" is nothing. The last is for all further ones. */
    answers: (node: NodeId, ...outcomes: ("OK" | "NOT_HERE" | "")[]) =>
      cluster.bus.subscribe(messageSubject(node), (bytes) => {
        const { playerId, messageId, topic, dataJson } = PlayerMessage.decode(bytes);
        asked.push(`${node} ${playerId} ${messageId} ${topic} ${dataJson}`);
        const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
        if (!outcome) return undefined;
        return PlayerMessageAnswer.encode({ outcome: MessageOutcome[outcome] }).finish();
      }),
    async tell(more: Partial<TellWays> = {}): Promise<{ told: Told; tookMs: number }> {
      const startMs = clock.monotonicMs();
      let told: Told | undefined;
      const done = tellPlayer({ ...ways, ...more }, ANN, MESSAGE).then((outcome) => {
        told = outcome;
      });
      for (;;) {
        // All that can happen without time happens first.
        await new Promise(setImmediate);
        if (told) break;
        clock.advance(50);
      }
      await done;
      return { told, tookMs: clock.monotonicMs() - startMs };
    },
  };
}

it("all nodes of the player are asked, with the whole message, and one that has it is enough", async () => {
  const world = await setUp();
  await world.says(A, B);
  await world.answers(A, "NOT_HERE");
  await world.answers(B, "OK");
  expect(await world.tell()).toEqual({ told: "delivered", tookMs: 0 });
  expect(world.asked).toEqual(["n_a ann m1 gift {}", "n_b ann m1 gift {}"]);
});

it("when nobody has the player presence is asked once more, and then the player is offline", async () => {
  const world = await setUp();
  await world.says(B);
  await world.answers(A, "OK", "NOT_HERE");
  await world.answers(B, "NOT_HERE");
  await world.tell();
  await world.says(A);
  world.reads.count = 0;
  world.asked.length = 0;
  // It moved.
  expect(await world.tell()).toEqual({ told: "delivered", tookMs: 0 });
  expect(world.asked.map((line) => line.slice(0, 3))).toEqual(["n_b", "n_a"]);
  expect(world.reads.count).toBe(1);
  // It is offline for now.
  expect(await world.tell()).toEqual({ told: "offline", tookMs: 0 });
  expect(world.reads.count).toBe(2);
});

it("a player of whom nothing is known is offline, at once", async () => {
  const world = await setUp();
  expect(await world.tell()).toEqual({ told: "offline", tookMs: 0 });
});

it("who does not answer is asked again with the same id", async () => {
  const world = await setUp();
  await world.says(A, B);
  await world.answers(A, "", "", "OK");
  await world.answers(B, "NOT_HERE");
  expect((await world.tell()).told).toBe("delivered");
  expect(world.asked.filter((line) => line === "n_a ann m1 gift {}")).toHaveLength(3);
});

it("when nobody answers in time the outcome is unknown", async () => {
  const world = await setUp();
  await world.says(A, B);
  await world.answers(A, "");
  const { told, tookMs } = await world.tell();
  expect(told).toBe("unknown");
  expect(tookMs).toBeLessThanOrEqual(TELL_MS_MAX);
  expect(world.asked.length).toBeGreaterThanOrEqual(3);
});

it("while the directory is down the outcome is unknown, and it is tried again until then", async () => {
  const world = await setUp();
  await world.says(A);
  await world.answers(A, "OK");
  world.reads.fail = true;
  const { told, tookMs } = await world.tell();
  expect([told, tookMs <= TELL_MS_MAX]).toEqual(["unknown", true]);
  expect(world.reads.count).toBeGreaterThan(3);
});

it("the node that asks is told directly, and needs no directory for its own players", async () => {
  const world = await setUp();
  await world.says(A, B);
  await world.answers(A, "OK");
  await world.answers(B, "NOT_HERE");
  const delivered: unknown[] = [];
  const here = {
    nodeId: A,
    deliver: (...what: unknown[]) => {
      delivered.push(what);
      return true;
    },
  };
  expect((await world.tell({ here })).told).toBe("delivered");
  expect(delivered).toEqual([[ANN, MESSAGE]]);
  expect(world.asked.map((line) => line.slice(0, 3))).toEqual(["n_b"]);
  const cut = await setUp();
  cut.reads.fail = true;
  expect(await cut.tell({ here })).toEqual({ told: "delivered", tookMs: 0 });
});
