import { Server, ServerCredentials } from "@grpc/grpc-js";
import { encodeNodeRecord, type NodeRecord } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineRoom, t } from "@warren/game";
import { parseNodeId, parseReplicaId, systemClock } from "@warren/kernel";
import { SERVICES_VERSION } from "@warren/protocol";
import {
  type CoordinateRequest,
  type CoordinateResponse,
  LAG_REFUSE_MS,
  type NodeLoad,
  openSeatToken,
  Reserve_Mode,
  type RoomLifecycle,
  type RoomNodeServiceServer,
  RoomNodeServiceService,
} from "@warren/protocol/services";
import { createLogger, createRegistry, NO_KEYS } from "@warren/service";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Domain } from "../log/domain.ts";
import { matchmakerMetrics } from "../metrics.ts";
import { Nodes } from "./nodes.ts";
import { RoomListing } from "./room-listing.ts";

const game = defineGame({ rooms: { pit: defineRoom({ seats: 8, state: t.state({}) }) } });
const rooms = { pit: game.rooms.pit.wireFingerprint };

/** Waits for what comes over a real stream; there is no clock to turn. */
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const room = (roomId: string, part: Partial<RoomLifecycle> = {}): RoomLifecycle => ({
  roomId,
  roomName: "pit",
  epoch: 1,
  queue: "duel",
  seats: 8,
  players: 2,
  ended: false,
  backfill: undefined,
  listed: false,
  properties: new Map(),
  watchable: false,
  spectators: 0,
  ...part,
});

const load = (part: Partial<NodeLoad> = {}): NodeLoad => ({
  rooms: 1,
  roomsMax: 9,
  sessions: 0,
  draining: false,
  seats: 0,
  seatsMax: 100,
  cpu: 0,
  loopLagMs: 0,
  memoryMib: 0,
  memoryMibMax: 0,
  ...part,
});

/** A replica that knows the nodes of one cluster, and nodes that only say what they are set to. */
function world() {
  const cluster = memoryCluster(systemClock);
  const nodes = new Nodes({
    game,
    cluster,
    replicaId: parseReplicaId("mm_test"),
    grpcAddress: "127.0.0.1:7",
    keys: NO_KEYS,
    clock: systemClock,
    log: createLogger({ name: "test", level: "silent", format: "json" }),
    metrics: matchmakerMetrics(createRegistry("matchmaker")),
  });
  closers.push(() => nodes.close());
  const announce = async (id: string, running: RoomLifecycle[], part: Partial<NodeRecord> = {}) => {
    const hellos: unknown[] = [];
    /** It takes what it is told and says nothing. */
    const isDeaf = { value: false };
    let cut = () => {};
    let tell: (body: NonNullable<CoordinateResponse["body"]>) => void = () => {};
    const server = new Server();
    const handlers: RoomNodeServiceServer = {
      coordinate(stream) {
        tell = (body) => stream.write({ body });
        cut = () => stream.end();
        stream.on("data", ({ body }: CoordinateRequest) => {
          if (isDeaf.value) return;
          if (body?.$case === "commands") {
            const reply = { errorCode: "", errorMessage: "", roomEpoch: 1 };
            const replies = body.value.commands.map(({ correlationId }) => ({ ...reply, correlationId }));
            tell({ $case: "replies", value: { replies } });
          }
          if (body?.$case !== "hello") return;
          hellos.push(body.value);
          const seatSecret = Buffer.alloc(32);
          const welcome = { nodeId: id, servicesVersion: SERVICES_VERSION, seatSecret, rooms: running };
          tell({ $case: "welcome", value: welcome });
          tell({ $case: "load", value: load() });
        });
      },
      createRoom: (_call, answer) => answer(new Error("not here")),
    };
    server.addService(RoomNodeServiceService, handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    closers.push(() => server.forceShutdown());
    const record: NodeRecord = {
      nodeId: parseNodeId(id),
      grpcAddress: `127.0.0.1:${port}`,
      publicUrl: ":8081",
      build: "",
      relay: false,
      region: "",
      rooms,
      ...part,
    };
    const lease = (await cluster.lease.acquire("node", record.nodeId, encodeNodeRecord(record)))!;
    return {
      hellos,
      tell: (body: NonNullable<CoordinateResponse["body"]>) => tell(body),
      cut: () => cut(),
      isDeaf,
      lease,
      record,
      server,
    };
  };
  const start = async (count: number) => {
    await nodes.start();
    await eventually(() => expect(nodes.spaces()).toHaveLength(count));
  };
  return { cluster, nodes, announce, start };
}

it("what many players bring goes to a node in several messages: one must not be too large", async () => {
  const { nodes, announce, start } = world();
  await announce("n_a", []);
  await start(1);
  const link = nodes.get(parseNodeId("n_a"))!;
  const joinJson = JSON.stringify({ name: "x".repeat(15_000) });
  const answers = Array.from({ length: 400 }, (_, i) =>
    link.reserve({
      roomId: `r_${i}`,
      mode: Reserve_Mode.JOIN,
      spec: undefined,
      seats: [{ playerId: `p${i}`, joinJson, team: 0, role: "" }],
      backfillGeneration: 0,
    }),
  );
  expect(new Set((await Promise.all(answers)).map(({ errorCode }) => errorCode))).toEqual(new Set([""]));
});

it("a replica tells each node where it takes results", async () => {
  const { announce, start } = world();
  const { hellos } = await announce("n_a", []);
  await start(1);
  expect(hellos).toEqual([
    { replicaId: "mm_test", servicesVersion: SERVICES_VERSION, grpcAddress: "127.0.0.1:7" },
  ]);
});

it("open rooms are those that ask, with what they ask for, the fullest first", async () => {
  const { nodes, announce, start } = world();
  const asks = (generation: number, ...free: number[]) => ({ backfill: { generation, free } });
  const { tell } = await announce(
    "n_a",
    [room("r_1", asks(3, 2, 3)), room("r_2"), room("r_3", asks(1, 1, 0))],
    { region: "eu-west" },
  );
  // Of another build, whose rooms its players may not understand.
  await announce("n_b", [room("r_4", asks(1, 1))], { rooms: { pit: "another" } });
  await start(2);
  const skillOf = (id: string) => (id === "r_1" ? 1_700 : 0);
  const open = { nodeId: "n_a", queue: "duel", region: "eu-west" };
  expect(nodes.openRooms(skillOf)).toMatchObject([
    { ...open, roomId: "r_3", generation: 1, free: [1, 0], skill: 0 },
    { ...open, roomId: "r_1", generation: 3, free: [2, 3], skill: 1_700 },
  ]);
  tell({ $case: "lifecycle", value: room("r_3") });
  tell({ $case: "lifecycle", value: room("r_1", asks(4, 1, 3)) });
  await eventually(() =>
    expect(nodes.openRooms()).toMatchObject([{ roomId: "r_1", generation: 4, free: [1, 3] }]),
  );
  tell({ $case: "load", value: load({ draining: true }) });
  await eventually(() => expect(nodes.openRooms()).toEqual([]));
});

it("the listing has listed rooms with a free seat, of nodes that run this game's definition", async () => {
  const { cluster, nodes, announce, start } = world();
  const listed = { listed: true, properties: new Map([["map", "small"]]) };
  const rooms = [room("r_1", listed), room("r_2"), room("r_3", { listed: true, players: 5 })];
  await announce("n_a", [...rooms, room("r_5", { ...listed, players: 8 })]);
  await announce("n_b", [room("r_4", listed)], { rooms: { pit: "another" } });
  await start(2);
  const logger = createLogger({ name: "test", level: "silent", format: "json" });
  const domain = new Domain({ name: "main", queues: {}, log: cluster.log, clock: systemClock, logger });
  const listing = new RoomListing(game, domain, nodes);
  const row = { room: "pit", region: "", seats: 8 };
  expect(listing.find({}).rooms).toEqual([
    { ...row, roomId: "r_1", players: 2, properties: { map: "small" } },
    { ...row, roomId: "r_3", players: 5, properties: {} },
  ]);
});

it("[W1] a spectator is sent to the node with the fewest sessions, with a token of the room's own node", async () => {
  const { nodes, announce, start } = world();
  const urls = ["n_a", "n_b", "n_c"].map((id) => `wss://${id.slice(2)}.example.com`);
  const [a, b, c] = await Promise.all(
    ["n_a", "n_b", "n_c"].map((id, i) => announce(id, [], { publicUrl: urls[i]! })),
  );
  await start(3);
  const owner = nodes.get(parseNodeId("n_a"))!;
  const sent = () => nodes.watchSeat(owner, "r_1" as never, "ann" as never);
  const busy = async (...parts: Partial<NodeLoad>[]) => {
    for (const [i, node] of [a, b, c].entries()) node!.tell({ $case: "load", value: load(parts[i]) });
    await eventually(() =>
      expect(["n_a", "n_b", "n_c"].map((id) => nodes.get(parseNodeId(id))?.load)).toMatchObject(parts),
    );
  };
  // As good as another: the way is shorter there.
  await busy({ sessions: 5 }, { sessions: 5 }, { sessions: 5 });
  expect(sent().url).toBe(urls[0]);
  // Those who are sent count at once.
  await busy({ sessions: 5 }, { sessions: 2 }, { sessions: 3 });
  expect([sent(), sent(), sent()].map(({ url }) => url)).toEqual([urls[1], urls[1], urls[2]]);
  await busy({ draining: true }, { sessions: 900 }, { sessions: 9, draining: true });
  expect(sent().url).toBe(urls[1]);
  const late = { loopLagMs: LAG_REFUSE_MS + 1 };
  await busy({ sessions: 3, ...late }, { sessions: 900 }, { sessions: 9, ...late });
  expect(sent().url).toBe(urls[1]);
  await busy({ draining: true }, { draining: true }, { draining: true });
  expect(sent().url).toBe(urls[0]);
  const claims = openSeatToken(Buffer.alloc(32), sent().seatToken, Date.now());
  expect(claims).toMatchObject({ purpose: "watch", room: "r_1", player: "ann" });
});

it("regions are those of the nodes, once each, with where distance is measured", async () => {
  const { nodes, announce, start } = world();
  await announce("n_a", [], { region: "us-east", publicUrl: "wss://us.example.com/r/1" });
  await announce("n_b", [], { region: "eu-west", publicUrl: "wss://eu.example.com" });
  await announce("n_c", [], { region: "eu-west" });
  await announce("n_d", []);
  await start(4);
  expect(nodes.regions()).toEqual([
    { region: "eu-west", pingUrl: "https://eu.example.com/ping" },
    { region: "us-east", pingUrl: "https://us.example.com/r/1/ping" },
  ]);
  expect(
    nodes
      .spaces()
      .map(({ region }) => region)
      .sort(),
  ).toEqual(["", "eu-west", "eu-west", "us-east"]);
});

describe("whether a node is dead", () => {
  /** One node with its lease, its stream and a reservation on the way that it will never answer. */
  async function met() {
    const all = world();
    const node = await all.announce("n_a", [room("r_1")]);
    await all.start(1);
    const id = parseNodeId("n_a");
    const link = all.nodes.get(id)!;
    const reserve = () =>
      link.reserve({
        roomId: "r_2",
        mode: Reserve_Mode.CREATE,
        spec: undefined,
        seats: [],
        backfillGeneration: 0,
      });
    const state = () => ({
      offered: all.nodes.spaces().length === 1,
      known: all.nodes.known(id),
      rooms: [...(all.nodes.roomsOn(id)?.keys() ?? ["unknown"])],
    });
    return { ...all, ...node, id, reserve, state };
  }
  const alive = { offered: true, known: true, rooms: ["r_1"] };
  const away = { offered: false, known: true, rooms: ["unknown"] };
  const dead = { offered: false, known: false, rooms: ["unknown"] };

  it("a lease that is gone says nothing while the stream is open, and nothing when it comes back", async () => {
    const { state, lease, cluster, id, record, hellos, tell, nodes } = await met();
    let told = 0;
    nodes.onChange(() => told++);
    await lease.release();
    // The watcher has been told: a change that comes after it has come.
    await cluster.lease.acquire("node", id, encodeNodeRecord(record));
    tell({ $case: "load", value: load({ rooms: 2 }) });
    await eventually(() => expect(told).toBeGreaterThan(0));
    expect(state()).toEqual(alive);
    expect(hellos).toHaveLength(1);
  });

  it("a stream that ends takes it out of placement at once, with what was asked of it, and nothing else", async () => {
    const { state, server, reserve, isDeaf } = await met();
    isDeaf.value = true;
    const answer = reserve().catch(({ code }) => code);
    const startedMs = performance.now();
    server.forceShutdown();
    expect(await answer).toBe("UNAVAILABLE");
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(state()).toEqual(away);
  });

  it("without its lease too it is away as long as it answers a dial", async () => {
    const { state, lease, cut, hellos } = await met();
    await lease.release();
    cut();
    await eventually(() => expect(hellos.length).toBeGreaterThan(1));
    await eventually(() => expect(state()).toEqual(alive));
  });

  it("without lease and stream it is dead when a dial that began after both has failed", async () => {
    const { state, lease, server, nodes, id } = await met();
    await lease.release();
    server.forceShutdown();
    await eventually(() => expect(state()).toEqual(away));
    await eventually(() => expect(nodes.get(id)).toBeUndefined());
    expect(state()).toEqual(dead);
  });

  it("one that takes calls and says nothing is dead too, but not before it has had its time", async () => {
    const { state, lease, cut, isDeaf } = await met();
    await lease.release();
    isDeaf.value = true;
    cut();
    await eventually(() => expect(state()).toEqual(away));
    const startedMs = performance.now();
    await vi.waitFor(() => expect(state()).toEqual(dead), { timeout: 15_000, interval: 50 });
    expect(performance.now() - startedMs).toBeGreaterThan(2_500);
  }, 20_000);

  it("of one that was never met nothing is known at first: NATS may just be back, and the node about to be", async () => {
    const { nodes, start } = world();
    await start(0);
    expect(nodes.known(parseNodeId("n_b"))).toBe(true);
  });
});
