import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import {
  type ClientDuplexStream,
  credentials,
  Server as Grpc,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { type Cluster, decodeNodeRecord, type NodeRecord, pingUrlOf } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { defineGame } from "@warren/game";
import { parsePlayerId, parseRoomId, systemClock } from "@warren/kernel";
import { errorCodeOfClose, SERVICES_VERSION, WarrenError } from "@warren/protocol";
import {
  type Command,
  type CoordinateRequest,
  type CoordinateResponse,
  type CreateRoomRequest,
  type CreateRoomResponse,
  type MatchmakerServiceServer,
  MatchmakerServiceService,
  mintSeatToken,
  type NodeLoad,
  type NodeWelcome,
  type Reply,
  type Reserve,
  Reserve_Mode,
  type ResultReported,
  type RoomLifecycle,
  RoomNodeServiceClient,
  type RoomSpec,
  type SeatPurpose,
} from "@warren/protocol/services";
import {
  CLIENT_MESSAGE_BYTES_MAX,
  type DownFrame,
  decodeMessage,
  encodeFrame,
  FrameType,
  HELLO_TIMEOUT_MS,
  type Hello,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
} from "@warren/protocol/session";
import { defineRoom } from "@warren/room";
import { t } from "@warren/schema";
import { createLogger, createRegistry, fromServiceError, readConfig, toServiceError } from "@warren/service";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { type RunningRoomServer, roomServerOptions, startRoomServer } from "./index.ts";
import { PINGS_PER_SECOND_MAX } from "./transport/ping.ts";

const game = defineGame({
  rooms: {
    pit: defineRoom({
      seats: 16,
      tickHz: 20,
      spectators: 5,
      join: t.struct({ name: t.string(8) }),
      state: t.state({ count: t.u32() }),
      onCreate: (room) => room.list({ map: "small" }),
      actions: { win: t.action({}, {}) },
      on: {
        win(room, player) {
          room.report({ teams: [{ rank: 1, players: [player.id] }], report: { score: 3 } });
          return {};
        },
      },
      onTick(room) {
        room.state.count++;
      },
    }),
    broken: defineRoom({
      seats: 4,
      state: t.state({}),
      onCreate() {
        throw new Error("boom");
      },
    }),
  },
  queues: {},
});
const wireFingerprint = game.rooms.pit.wireFingerprint;

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

/** Waits for what comes over a real socket; there is no clock to turn. */
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

interface Node {
  readonly server: RunningRoomServer;
  readonly cluster: Cluster;
  readonly record: NodeRecord;
  metrics(): Promise<string>;
}

async function startNode(flags: readonly string[] = [], cluster = memoryCluster(systemClock)): Promise<Node> {
  const { config } = readConfig(roomServerOptions, {}, [
    "--rooms-host=127.0.0.1",
    "--rooms-port=0",
    "--log-level=silent",
    ...flags,
  ]);
  const registry = createRegistry("rooms");
  const log = createLogger({ name: "test", level: config.logLevel, format: "json" });
  const server = await startRoomServer({ config, game, cluster, log, registry });
  closers.push(() => server.close());
  let record: NodeRecord | undefined;
  const stop = await cluster.lease.watch("node", (key, value) => {
    if (key === server.nodeId && value) record = decodeNodeRecord(value);
  });
  stop();
  return { server, cluster, record: record!, metrics: () => registry.metrics() };
}

const SPEC: RoomSpec = {
  roomName: "pit",
  optionsJson: "",
  fillTo: 0,
  queue: "",
  joinCode: "",
  matchId: "",
  listed: false,
  teams: 0,
  teamSize: 0,
  backfill: false,
};

/** A matchmaker's side of `Coordinate`. */
class Replica {
  readonly client: RoomNodeServiceClient;
  readonly stream: ClientDuplexStream<CoordinateRequest, CoordinateResponse>;
  welcome: NodeWelcome | undefined;
  readonly lifecycles: RoomLifecycle[] = [];
  readonly replies: Reply[] = [];
  load: NodeLoad | undefined;
  endedBy: ServiceError | undefined;
  #lastCorrelationId = 0;

  constructor(node: Node, { servicesVersion = SERVICES_VERSION as number, grpcAddress = "" } = {}) {
    this.client = new RoomNodeServiceClient(node.record.grpcAddress, credentials.createInsecure());
    this.stream = this.client.coordinate();
    this.stream.on("error", (error: ServiceError) => {
      this.endedBy = error;
    });
    this.stream.on("data", ({ body }: CoordinateResponse) => {
      if (body?.$case === "welcome") this.welcome = body.value;
      else if (body?.$case === "lifecycle") this.lifecycles.push(body.value);
      else if (body?.$case === "replies") this.replies.push(...body.value.replies);
      else if (body?.$case === "load") this.load = body.value;
    });
    const replicaId = "mm_test";
    this.stream.write({ body: { $case: "hello", value: { replicaId, servicesVersion, grpcAddress } } });
    closers.push(() => this.client.close());
  }

  static async open(node: Node, grpcAddress = ""): Promise<Replica> {
    const replica = new Replica(node, { grpcAddress });
    await eventually(() => expect(replica.welcome).toBeDefined());
    return replica;
  }

  async command(body: NonNullable<Command["body"]>): Promise<Reply> {
    const correlationId = ++this.#lastCorrelationId;
    this.stream.write({ body: { $case: "commands", value: { commands: [{ correlationId, body }] } } });
    return eventually(() => {
      const reply = this.replies.find((r) => r.correlationId === correlationId);
      if (!reply) throw new Error(`no reply to command ${correlationId}`);
      return reply;
    });
  }

  reserve(
    roomId: string,
    players: readonly string[],
    mode: Reserve_Mode = Reserve_Mode.CREATE,
    { team = 0, backfillGeneration = 0, ...spec }: Partial<RoomSpec & Reserve & { team: number }> = {},
  ): Promise<Reply> {
    return this.command({
      $case: "reserve",
      value: {
        roomId,
        mode,
        spec: { ...SPEC, queue: "duel", ...spec },
        seats: players.map((playerId) => ({
          playerId,
          joinJson: JSON.stringify({ name: playerId }),
          team,
          role: "",
        })),
        backfillGeneration,
      },
    });
  }

  release(roomId: string, playerId: string): Promise<Reply> {
    return this.command({ $case: "release", value: { roomId, playerId } });
  }

  createRoom(request: Partial<CreateRoomRequest>, spec: object = {}): Promise<CreateRoomResponse> {
    const full: CreateRoomRequest = {
      roomId: "r_private",
      spec: { ...SPEC, joinCode: "ABC234", ...spec },
      creator: { playerId: "ann", joinJson: '{"name":"Ann"}', team: 0, role: "" },
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.client.createRoom(full, (error, response) =>
        error ? reject(fromServiceError(error)) : resolve(response),
      );
    });
  }

  token(roomId: string, player: string, wallMs = Date.now(), purpose: SeatPurpose = "play"): string {
    const { seatSecret } = this.welcome!;
    return mintSeatToken(seatSecret, parseRoomId(roomId), parsePlayerId(player), wallMs, purpose);
  }
}

/** A WebSocket without any SDK behind it. */
class RawClient {
  readonly ws: WebSocket;
  readonly frames: DownFrame[] = [];
  closed: { code: number; reason: string } | undefined;
  status = 0;

  constructor(port: number, subprotocols: string[] = [SUBPROTOCOL]) {
    this.ws = new WebSocket(`ws://127.0.0.1:${port}/any/path`, subprotocols);
    this.ws.on("message", (data: Buffer) => {
      this.frames.push(...(decodeMessage(data, 1_000) as DownFrame[]));
    });
    this.ws.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.ws.on("unexpected-response", (_request, response) => {
      this.status = response.statusCode ?? 0;
      this.ws.terminate();
    });
    this.ws.on("error", () => {}); // the close event says it too
    closers.push(() => this.ws.terminate());
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await eventually(() => expect(client.ws.readyState).toBe(WebSocket.OPEN));
    return client;
  }

  hello(seatToken: string, body: Partial<Hello> = {}): void {
    const hello = { protocolVersion: PROTOCOL_VERSION, seatToken, wireFingerprint, ...body };
    this.ws.send(encodeFrame({ type: FrameType.HELLO, body: hello }));
  }

  get states(): number {
    return this.frames.filter(({ type }) => type === FrameType.STATE).length;
  }

  /** The code the server closed with. */
  async end(): Promise<string> {
    const { code } = await eventually(() => {
      if (!this.closed) throw new Error("the socket is still open");
      return this.closed;
    });
    return errorCodeOfClose(code) ?? String(code);
  }
}

describe("a socket", () => {
  let node: Node;
  let replica: Replica;
  let beside: RawClient;
  let rooms = 0;
  const join = async (player = "ann", roomId = "r_shared") => {
    await replica.reserve(roomId, [player]);
    const client = await RawClient.open(node.server.port);
    client.hello(replica.token(roomId, player));
    await eventually(() => expect(client.states).toBeGreaterThan(0));
    return client;
  };

  beforeAll(async () => {
    node = await startNode();
    replica = await Replica.open(node);
    beside = await join("beside");
  });

  /** A socket that has said nothing yet, and a token that would be good. */
  const stranger = async () => {
    const client = await RawClient.open(node.server.port);
    return { client, token: replica.token("r_shared", "beside") };
  };

  const BAD: Record<string, { code: string; trigger: () => Promise<RawClient> }> = {
    "[H3] a forged token": {
      code: "SEAT_TOKEN_INVALID",
      async trigger() {
        const { client, token } = await stranger();
        client.hello(`${token.slice(0, -4)}AAAA`);
        return client;
      },
    },
    "[H3] a token that is none": {
      code: "SEAT_TOKEN_INVALID",
      async trigger() {
        const { client } = await stranger();
        client.hello("💥");
        return client;
      },
    },
    "[H3] an expired token": {
      code: "SEAT_TOKEN_EXPIRED",
      async trigger() {
        const { client } = await stranger();
        client.hello(replica.token("r_shared", "beside", Date.now() - 30_100));
        return client;
      },
    },
    "[H3] a token used before": {
      code: "SEAT_TOKEN_USED",
      async trigger() {
        await replica.reserve("r_shared", ["ben"]);
        const token = replica.token("r_shared", "ben");
        const first = await RawClient.open(node.server.port);
        first.hello(token);
        await eventually(() => expect(first.states).toBeGreaterThan(0));
        const client = await RawClient.open(node.server.port);
        client.hello(token);
        return client;
      },
    },
    "[H3] a token for another room": {
      code: "ROOM_NOT_FOUND",
      async trigger() {
        const { client } = await stranger();
        client.hello(replica.token("r_elsewhere", "beside"));
        return client;
      },
    },
    "[H3] a token for a seat that is not held": {
      code: "SEAT_NOT_FOUND",
      async trigger() {
        const { client } = await stranger();
        client.hello(replica.token("r_shared", "nobody"));
        return client;
      },
    },
    "[T2] a text frame": {
      code: "PROTOCOL_VIOLATION",
      async trigger() {
        const client = await join("p1");
        client.ws.send("hello");
        return client;
      },
    },
    "[T3] garbage": {
      code: "PROTOCOL_VIOLATION",
      async trigger() {
        const client = await join("p2");
        client.ws.send(new Uint8Array([0x77, 0xff, 1, 2, 3]));
        return client;
      },
    },
    "[T4] 17 KiB": {
      code: "FRAME_TOO_LARGE",
      async trigger() {
        const client = await join("p3");
        client.ws.send(new Uint8Array(CLIENT_MESSAGE_BYTES_MAX + 1024));
        return client;
      },
    },
    "[T4] 70 KiB": {
      code: "1006",
      async trigger() {
        const client = await join("p4");
        client.ws.send(new Uint8Array(70 * 1024));
        return client;
      },
    },
    "[H1] silence for 5 s": {
      code: "HELLO_TIMEOUT",
      async trigger() {
        const { client } = await stranger();
        // The one test with the real time-out; all others have a virtual clock.
        await vi.waitFor(() => expect(client.closed).toBeDefined(), { timeout: HELLO_TIMEOUT_MS + 2_000 });
        return client;
      },
    },
    "[H2] another protocol version": {
      code: "PROTOCOL_VERSION_UNSUPPORTED",
      async trigger() {
        const { client, token } = await stranger();
        client.hello(token, { protocolVersion: 99 });
        return client;
      },
    },
  };

  it.concurrent.each(Object.keys(BAD))(
    "%s gets its close code, and nothing else is disturbed",
    async (what) => {
      const { code, trigger } = BAD[what]!;
      const client = await trigger();
      expect(await client.end()).toBe(code);
      if (code !== "1006") expect(client.closed?.reason).toMatch(new RegExp(`^${code}: .`));
      const before = beside.states;
      await eventually(() => expect(beside.states).toBeGreaterThan(before));
      expect(beside.closed).toBeUndefined();
    },
  );

  it("[T1] without the subprotocol is answered 400", async () => {
    for (const subprotocols of [[], ["other.v1"]]) {
      const client = new RawClient(node.server.port, subprotocols);
      await eventually(() => expect(client.status).toBe(400));
    }
  });

  it("[T1] that offers it among others gets it, on any path", async () => {
    const client = new RawClient(node.server.port, ["other.v1", SUBPROTOCOL]);
    await eventually(() => expect(client.ws.protocol).toBe(SUBPROTOCOL));
  });

  it("is what the port is for: plain HTTP is answered 426", async () => {
    const response = await fetch(`http://127.0.0.1:${node.server.port}/any/path`);
    expect(response.status).toBe(426);
    expect(await response.text()).toContain("connect by WebSocket");
  });

  it("[T6] that was refused is counted by code", async () => {
    const { client } = await stranger();
    client.hello("x");
    await client.end();
    expect(await node.metrics()).toMatch(
      /warren_room_refused_total\{code="SEAT_TOKEN_INVALID",role="rooms"\} [1-9]/,
    );
  });

  it("[P11] LEAVE closes with 1000", async () => {
    const roomId = `r_leave${++rooms}`;
    const client = await join("ann", roomId);
    client.ws.send(encodeFrame({ type: FrameType.LEAVE, body: { generation: 1 } }));
    expect(await client.end()).toBe("1000");
    await eventually(() =>
      expect(replica.lifecycles.filter((room) => room.roomId === roomId).at(-1)?.players).toBe(0),
    );
  });

  it("[S1] that was cut can be resumed on another", async () => {
    const client = await join("ann", "r_resume");
    const welcome = client.frames.find((frame) => frame.type === FrameType.WELCOME)!.body;
    client.ws.terminate();
    const next = await RawClient.open(node.server.port);
    const { sessionId, resumeKey, epoch } = welcome;
    const body = { protocolVersion: PROTOCOL_VERSION, sessionId, resumeKey, epoch, eventSeq: 0 };
    next.ws.send(encodeFrame({ type: FrameType.RESUME, body }));
    await eventually(() => expect(next.states).toBeGreaterThan(0));
    expect(next.frames.slice(0, 3).map(({ type }) => type)).toEqual([
      FrameType.WELCOME,
      FrameType.RESYNC,
      FrameType.STATE,
    ]);
  });
});

describe("a node", () => {
  it("[T1] that cannot have its port says which option to change", async () => {
    const blocker: Server = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, "127.0.0.1", () => resolve((blocker.address() as AddressInfo).port));
    });
    closers.push(() => blocker.close());
    await expect(startNode([`--rooms-port=${port}`])).rejects.toMatchObject({
      name: "ListenError",
      message: `port ${port} is in use; set WARREN_ROOMS_PORT to another port, or 0 for any`,
    });
    const other = await startNode();
    await expect(startNode([`--rooms-port=${other.server.port}`])).rejects.toThrow("WARREN_ROOMS_PORT");
    await other.server.close();
    // What was opened before the port that is taken is closed again.
    await expect(startNode([`--rooms-port=${other.server.port}`, `--grpc-port=${port}`])).rejects.toThrow(
      `port ${port} is in use; set WARREN_GRPC_PORT to another port, or 0 for any`,
    );
    const again = await startNode([`--rooms-port=${other.server.port}`]);
    expect(again.server.port).toBe(other.server.port);
  });

  it("refuses an address for matchmakers that others could reach, without --insecure", async () => {
    await expect(startNode(["--grpc-host=0.0.0.0"])).rejects.toThrow(
      /WARREN_GRPC_HOST is "0.0.0.0".*--insecure/,
    );
  });

  it("refuses an address that is on every machine itself, unless others are told another", async () => {
    await expect(startNode(["--grpc-host=0.0.0.0", "--insecure"])).rejects.toThrow(
      /WARREN_GRPC_PUBLIC_HOST .*since WARREN_GRPC_HOST is 0\.0\.0\.0/,
    );
  });

  it("gives seats once, however often it is asked", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    const first = await replica.reserve("r_match", ["ann", "ben"]);
    const second = await replica.reserve("r_match", ["ann", "ben"]);
    expect(first).toMatchObject({ errorCode: "", roomEpoch: expect.any(Number) });
    expect(second.roomEpoch).toBe(first.roomEpoch);
    await eventually(() => expect(replica.lifecycles.at(-1)).toMatchObject({ players: 2, ended: false }));
    expect(await replica.reserve("r_match", ["ann"], Reserve_Mode.HOLD)).toMatchObject({ errorCode: "" });
    expect(await replica.reserve("r_match", ["eve"], Reserve_Mode.HOLD)).toMatchObject({
      errorCode: "SEAT_NOT_FOUND",
    });
    expect(await replica.reserve("r_gone", ["ann"], Reserve_Mode.JOIN)).toMatchObject({
      errorCode: "ROOM_NOT_FOUND",
    });
    expect(
      await replica.reserve(
        "r_match",
        Array.from({ length: 15 }, (_, n) => `p${n}`),
        Reserve_Mode.JOIN,
      ),
    ).toMatchObject({
      errorCode: "ROOM_FULL",
    });
    expect(await replica.reserve("not a room", ["ann"])).toMatchObject({ errorCode: "INVALID_ARGUMENT" });
  });

  it("[H6] ends the session of a player who sits elsewhere now with SESSION_SUPERSEDED", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    await replica.reserve("r_match", ["ann", "ben"]);
    const client = await RawClient.open(node.server.port);
    client.hello(replica.token("r_match", "ann"));
    await eventually(() => expect(client.states).toBeGreaterThan(0));
    expect(await replica.release("r_match", "ann")).toMatchObject({ errorCode: "" });
    expect(await client.end()).toBe("SESSION_SUPERSEDED");
    expect(await replica.release("r_match", "ann")).toMatchObject({ errorCode: "" });
    expect(await replica.release("r_gone", "ann")).toMatchObject({ errorCode: "" });
  });

  it("gives a seat back that was released while the room waited for its claim", async () => {
    const cluster = memoryCluster(systemClock);
    let claim = () => {};
    const held = new Promise<void>((resolve) => {
      claim = resolve;
    });
    const { directory } = cluster;
    const slow: typeof directory = {
      claim: (...of) => held.then(() => directory.claim(...of)),
      get: (...of) => directory.get(...of),
      remove: (...of) => directory.remove(...of),
    };
    const replica = await Replica.open(await startNode([], { ...cluster, directory: slow }));
    const reserved = replica.reserve("r_match", ["ann", "ben"]);
    const released = replica.release("r_match", "ann");
    // Both have arrived: what comes on a stream comes in order.
    await replica.release("r_other", "eve");
    claim();
    expect(await reserved).toMatchObject({ errorCode: "" });
    expect(await released).toMatchObject({ errorCode: "" });
    const hold = (player: string) => replica.reserve("r_match", [player], Reserve_Mode.HOLD);
    expect(await hold("ann")).toMatchObject({ errorCode: "SEAT_NOT_FOUND" });
    expect(await hold("ben")).toMatchObject({ errorCode: "" });
  });

  it("cannot open a room that another node owns", async () => {
    const cluster = memoryCluster(systemClock);
    const one = await Replica.open(await startNode([], cluster));
    const two = await Replica.open(await startNode([], cluster));
    await one.createRoom({});
    await expect(two.createRoom({})).rejects.toMatchObject({
      code: "ROOM_NOT_FOUND",
      message: "The room is owned by another node.",
    });
    await expect(two.createRoom({ roomId: "r_other" })).rejects.toMatchObject({ code: "JOIN_CODE_TAKEN" });
    // The code was taken, so the room is not left claimed.
    expect(await cluster.directory.get("own", "r_other")).toBeUndefined();
    await expect(one.createRoom({})).resolves.toMatchObject({ joinCode: "ABC234" });
  });

  it("frees the room and its join code when the room ends, and tells", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    const { roomEpoch, joinCode } = await replica.createRoom({});
    const { directory } = node.cluster;
    expect((await directory.get("own", "r_private"))?.revision).toBe(roomEpoch);
    expect(new TextDecoder().decode((await directory.get("code", joinCode))?.value)).toBe("r_private");
    const client = await RawClient.open(node.server.port);
    client.hello(replica.token("r_private", "ann"));
    await eventually(() => expect(client.states).toBeGreaterThan(0));
    await node.server.close();
    expect(await client.end()).toBe("ROOM_ENDED");
    expect(await directory.get("own", "r_private")).toBeUndefined();
    expect(await directory.get("code", joinCode)).toBeUndefined();
    await eventually(() =>
      expect(replica.lifecycles.at(-1)).toMatchObject({ roomId: "r_private", ended: true }),
    );
    expect(await new RawClient(node.server.port).end()).toBe("1006");
  });

  it("leaves nothing behind of a room whose own code failed at its start, and reports it", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    await expect(
      replica.createRoom(
        { creator: { playerId: "ann", joinJson: "", team: 0, role: "" } },
        { roomName: "broken" },
      ),
    ).rejects.toMatchObject({ code: "ROOM_FAILED" });
    expect(await node.cluster.directory.get("own", "r_private")).toBeUndefined();
    expect(await node.cluster.directory.get("code", "ABC234")).toBeUndefined();
    expect(await node.metrics()).toMatch(/warren_room_failed_total\S* 1\n/);
    await expect(replica.createRoom({}, { roomName: "nope" })).rejects.toMatchObject({
      code: "ROOM_UNKNOWN",
    });
    await expect(replica.createRoom({}, { optionsJson: "{" })).rejects.toThrow("accepted: valid JSON");
  });

  it("takes no more rooms than it says, also when they are asked for at once", async () => {
    const node = await startNode(["--rooms-max=2"]);
    const replica = await Replica.open(node);
    const replies = await Promise.all([1, 2, 3].map((n) => replica.reserve(`r_${n}`, [`p${n}`])));
    expect(replies.map(({ errorCode }) => errorCode).sort()).toEqual(["", "", "NO_CAPACITY"]);
    const refused = replies.findIndex(({ errorCode }) => errorCode !== "") + 1;
    expect(await node.cluster.directory.get("own", `r_${refused}`)).toBeUndefined();
  });

  it("gives no more seats than it says, keeps those it gave, and says how full it is", async () => {
    const node = await startNode(["--seats-max=3", "--build=blue"]);
    expect(node.record.build).toBe("blue");
    const replica = await Replica.open(node);
    const codeOf = async (room: string, players: string[]) =>
      (await replica.reserve(room, players)).errorCode;
    expect(await codeOf("r_1", ["ann", "ben"])).toBe("");
    expect(await codeOf("r_2", ["cem", "dan"])).toBe("NO_CAPACITY");
    // Refused before anything was claimed.
    expect(await node.cluster.directory.get("own", "r_2")).toBeUndefined();
    expect(await codeOf("r_3", ["eva"])).toBe("");
    // Who has a seat is answered, however full it is.
    expect(await codeOf("r_1", ["ann", "ben"])).toBe("");
    await eventually(() => expect(replica.load).toMatchObject({ rooms: 2, seats: 3, seatsMax: 3 }));
    expect(replica.load!.memoryMib).toBeGreaterThan(0);
    expect(await node.metrics()).toMatch(/warren_room_no_capacity_total\{[^}]*cause="seats"[^}]*\} 1\n/);
    expect(await node.metrics()).toMatch(/warren_room_seats\S* 3\n/);
  });

  it("takes nobody above its memory", async () => {
    const node = await startNode(["--memory-mib-max=1"]);
    const replica = await Replica.open(node);
    expect(await replica.reserve("r_1", ["ann"])).toMatchObject({
      errorCode: "NO_CAPACITY",
      errorMessage: expect.stringMatching(/holds \d+ MiB of memory; it takes nobody above 1 MiB/),
    });
  });

  it("tells a replica that comes later which rooms run", async () => {
    const node = await startNode();
    const first = await Replica.open(node);
    const { roomEpoch } = await first.reserve("r_match", ["ann"]);
    const second = await Replica.open(node);
    expect(second.welcome).toMatchObject({
      nodeId: node.server.nodeId,
      servicesVersion: SERVICES_VERSION,
      rooms: [
        {
          roomId: "r_match",
          roomName: "pit",
          epoch: roomEpoch,
          queue: "duel",
          seats: 16,
          players: 1,
          ended: false,
        },
      ],
    });
    expect(second.welcome?.seatSecret).toEqual(first.welcome?.seatSecret);
    await second.release("r_match", "ann");
    await eventually(() => expect(first.lifecycles.at(-1)?.players).toBe(0));
  });

  it("ends the stream of a replica that speaks another version, with the reason", async () => {
    const node = await startNode();
    const replica = new Replica(node, { servicesVersion: 99 });
    await eventually(() => expect(replica.endedBy).toBeDefined());
    expect(replica.welcome).toBeUndefined();
    expect(replica.endedBy?.details).toBe(`services version is 99; accepted: ${SERVICES_VERSION}`);
  });

  it("hears no command before hello", async () => {
    const node = await startNode();
    const client = new RoomNodeServiceClient(node.record.grpcAddress, credentials.createInsecure());
    closers.push(() => client.close());
    const stream = client.coordinate();
    const heard: unknown[] = [];
    stream.on("data", (message) => heard.push(message));
    stream.on("error", () => {});
    const release = { $case: "release", value: { roomId: "r_x", playerId: "ann" } } as const;
    stream.write({ body: { $case: "commands", value: { commands: [{ correlationId: 1, body: release }] } } });
    stream.write({
      body: {
        $case: "hello",
        value: { replicaId: "mm_x", servicesVersion: SERVICES_VERSION, grpcAddress: "" },
      },
    });
    await eventually(() => expect(heard.length).toBeGreaterThan(1));
    expect(JSON.stringify(heard)).not.toContain("replies");
    stream.cancel();
  });
});

describe("a room of a match", () => {
  const TEAMS = { teams: 2, teamSize: 2, backfill: true, matchId: "m_main_1_1" };
  const { CREATE, JOIN } = Reserve_Mode;
  const lifecycle = (replica: Replica) => replica.lifecycles.at(-1);

  it("tells whom it asks for, and gives seats to who answers its last request only", async () => {
    const replica = await Replica.open(await startNode());
    const reserve = async (player: string, team: number, backfillGeneration: number) => {
      const { errorCode } = await replica.reserve("r_m", [player], JOIN, { team, backfillGeneration });
      return errorCode;
    };
    await replica.reserve("r_m", ["ann"], CREATE, TEAMS);
    await eventually(() =>
      expect(lifecycle(replica)).toMatchObject({
        queue: "duel",
        seats: 4,
        players: 1,
        backfill: { generation: 1, free: [1, 2] },
      }),
    );
    expect(await reserve("ben", 1, 1)).toBe("");
    await eventually(() => expect(lifecycle(replica)?.backfill).toEqual({ generation: 2, free: [1, 1] }));
    expect(await reserve("cid", 1, 1)).toBe("BACKFILL_STALE");
    expect(await reserve("ben", 1, 1)).toBe("");
    const two = { team: 1, backfillGeneration: 2 };
    expect(await replica.reserve("r_m", ["cid", "dan"], JOIN, two)).toMatchObject({
      errorCode: "BACKFILL_STALE",
      errorMessage: "Players for 0,2; the room asks for 1,1.",
    });
    await replica.release("r_m", "ben");
    await eventually(() => expect(lifecycle(replica)?.backfill).toEqual({ generation: 3, free: [1, 2] }));
    expect(await reserve("cid", 1, 2)).toBe("BACKFILL_STALE");
    expect(await reserve("cid", 1, 3)).toBe("");
    // By a code into the team with the fewest players, whatever is asked for.
    expect([await reserve("eve", 1, 0), await reserve("fay", 1, 0)]).toEqual(["", ""]);
    expect(await reserve("gus", 1, 0)).toBe("ROOM_FULL");
    await eventually(() => expect(lifecycle(replica)).toMatchObject({ players: 4, backfill: undefined }));
  });

  it("asks for nobody when its queue has no backfill", async () => {
    const replica = await Replica.open(await startNode());
    await replica.reserve("r_m", ["ann"], CREATE, { ...TEAMS, backfill: false });
    await eventually(() => expect(lifecycle(replica)).toMatchObject({ players: 1, queue: "duel" }));
    expect(lifecycle(replica)?.backfill).toBeUndefined();
    const answer = await replica.reserve("r_m", ["ben"], JOIN, { team: 1, backfillGeneration: 1 });
    expect(answer.errorCode).toBe("BACKFILL_STALE");
  });

  it("has the number of its spectators told", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    await replica.createRoom({});
    await eventually(() => expect(lifecycle(replica)).toMatchObject({ watchable: true, spectators: 0 }));
    const client = await RawClient.open(node.server.port);
    client.hello(replica.token("r_private", "eve", Date.now(), "watch"));
    await eventually(() => expect(client.states).toBeGreaterThan(0));
    expect(client.frames[0]).toMatchObject({ body: { spectator: true, playerId: "eve" } });
    await eventually(() => expect(lifecycle(replica)).toMatchObject({ players: 1, spectators: 1 }));
    expect((await Replica.open(node)).welcome?.rooms[0]).toMatchObject({ watchable: true, spectators: 1 });
  });

  it("has its properties told while it is listed", async () => {
    const node = await startNode();
    const replica = await Replica.open(node);
    await replica.createRoom({}, { listed: true });
    await eventually(() =>
      expect(lifecycle(replica)).toMatchObject({ listed: true, properties: new Map([["map", "small"]]) }),
    );
    const later = await Replica.open(node);
    expect(later.welcome?.rooms[0]).toMatchObject({ listed: true });
    await replica.createRoom({ roomId: "r_2" }, { joinCode: "ABC235" });
    await eventually(() => expect(lifecycle(replica)).toMatchObject({ roomId: "r_2", listed: false }));
    expect(lifecycle(replica)?.properties.size).toBe(0);
  });
});

describe("the result of a match", () => {
  /** A replica's MatchmakerService: refuses so many calls, then takes what it is told. */
  async function results({ refuses = 0 } = {}) {
    const taken: ResultReported[] = [];
    let refused = 0;
    const server = new Grpc();
    const handlers: MatchmakerServiceServer = {
      reportResults(call, answer) {
        const heard: ResultReported[] = [];
        call.on("data", ({ result }: { result?: ResultReported }) => result && heard.push(result));
        call.on("end", () => {
          if (refused < refuses) {
            refused++;
            return answer(toServiceError(new WarrenError("UNAVAILABLE")));
          }
          taken.push(...heard);
          answer(null, {});
        });
      },
      watchTicket: (call) => call.end(),
    };
    server.addService(MatchmakerServiceService, handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    closers.push(() => server.forceShutdown());
    return { address: `127.0.0.1:${port}`, taken, refused: () => refused };
  }

  /** Ann wins a match in which Ben does not even come. */
  async function win(node: Node, replica: Replica, roomId: string, matchId: string) {
    await replica.reserve(roomId, ["ann", "ben"], Reserve_Mode.CREATE, { matchId });
    await replica.release(roomId, "ben");
    const client = await RawClient.open(node.server.port);
    client.hello(replica.token(roomId, "ann"));
    await eventually(() => expect(client.states).toBeGreaterThan(0));
    const body = { generation: 1, actionSeq: 1, eventSeq: 0, actionId: 0, payload: new Uint8Array() };
    client.ws.send(encodeFrame({ type: FrameType.ACTION, body }));
    await eventually(() =>
      expect(client.frames.filter(({ type }) => type === FrameType.REPLY)).toHaveLength(1),
    );
  }

  const result = (roomId: string, matchId: string): ResultReported => ({
    matchId,
    roomId,
    teams: [
      { rank: 1, players: [{ playerId: "ann", left: false }] },
      { rank: 2, players: [{ playerId: "ben", left: true }] },
    ],
    reportJson: '{"score":3}',
  });

  it("waits on the node for a replica that takes it", async () => {
    const node = await startNode();
    // The first takes no results, the second is not there any more.
    const replica = await Replica.open(node);
    await Replica.open(node, "127.0.0.1:1");
    await win(node, replica, "r_1", "m_main_1_1");
    await win(node, replica, "r_2", "m_main_1_2");
    expect(await node.metrics()).toMatch(/warren_room_results_waiting\S* 2\n/);
    const { address, taken, refused } = await results({ refuses: 1 });
    await Replica.open(node, address);
    await eventually(() => expect(taken).toEqual([result("r_1", "m_main_1_1"), result("r_2", "m_main_1_2")]));
    expect(refused()).toBe(1);
    await eventually(async () => expect(await node.metrics()).toMatch(/warren_room_results_waiting\S* 0\n/));
    expect(await node.metrics()).toMatch(/warren_room_results_dropped_total\S* 0\n/);
  });

  it("is told before the node stops", async () => {
    const node = await startNode();
    const { address, taken, refused } = await results({ refuses: 1 });
    const replica = await Replica.open(node, address);
    await win(node, replica, "r_1", "m_main_1_1");
    await eventually(() => expect(refused()).toBe(1));
    await node.server.close();
    expect(taken).toEqual([result("r_1", "m_main_1_1")]);
  });
});

describe("how far away a node is", () => {
  it("is measured by GET …/ping from any page, and told with its region", async () => {
    const node = await startNode(["--region=eu-west"]);
    for (const path of ["/ping", "/r/3/ping?1"]) {
      const response = await fetch(`http://127.0.0.1:${node.server.port}${path}`);
      expect([response.status, await response.text()]).toEqual([204, ""]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "access-control-allow-origin": "*",
        "cache-control": "no-store",
      });
      expect(response.headers.has("content-length")).toBe(false);
    }
    expect(node.record).toMatchObject({ region: "eu-west", publicUrl: `:${node.server.port}` });
    expect(pingUrlOf(node.record)).toBe(`:${node.server.port}/ping`);
    const post = await fetch(`http://127.0.0.1:${node.server.port}/ping`, { method: "POST" });
    expect(post.status).toBe(426);
  });

  it("is answered so often and no more", async () => {
    const node = await startNode();
    const count = PINGS_PER_SECOND_MAX * 5;
    const heard: string[] = [];
    // A hundred at once on each socket, so that a slow machine is quick enough, too.
    for (let sent = 0; sent < count; sent += 100) {
      const socket = connect(node.server.port, "127.0.0.1");
      closers.push(() => socket.destroy());
      const at = heard.push("") - 1;
      socket.on("data", (data: Buffer) => {
        heard[at] += data.toString("latin1");
      });
      socket.write("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
    }
    const answers = (status: number) => heard.join("").split(`HTTP/1.1 ${status} `).length - 1;
    await eventually(() => expect(answers(204) + answers(429)).toBe(count));
    expect(answers(204)).toBeGreaterThanOrEqual(PINGS_PER_SECOND_MAX);
    expect(answers(429)).toBeGreaterThan(0);
    expect(await node.metrics()).toMatch(/warren_room_pings_refused_total\S* [1-9]/);
  });

  it("cannot be in a region that is no name", async () => {
    await expect(startNode(["--region=EU West"])).rejects.toThrow('WARREN_REGION is "EU West"');
  });
});
