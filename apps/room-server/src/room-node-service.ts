import type { ServerDuplexStream } from "@grpc/grpc-js";
import { type NodeId, parsePlayerId, parseRoomId } from "@warren/kernel";
import { SERVICES_VERSION, WarrenError } from "@warren/protocol";
import {
  type Command,
  type CoordinateRequest,
  type CoordinateResponse,
  type CreateRoomRequest,
  type CreateRoomResponse,
  type NodeLoad,
  type NodeWelcome,
  type Reply,
  type Reserve,
  Reserve_Mode,
  type RoomLifecycle,
  type RoomNodeServiceServer,
  RoomNodeServiceService,
} from "@warren/protocol/services";
import type { RoomHost, RoomSummary } from "@warren/room";
import { type ServiceKeys, startGrpcServer, toServiceError } from "@warren/service";
import { ChangedRooms } from "./changed-rooms.ts";
import type { NodeRooms } from "./node-rooms.ts";
import { RoomTurns } from "./room-turns.ts";

type Stream = ServerDuplexStream<CoordinateRequest, CoordinateResponse>;
/** A replica that is connected. */
interface Replica {
  /** Where it takes results; empty: nowhere. */
  readonly address: string;
  /** Answers that go out at the end of this turn. */
  replies: Reply[];
}
type Streams = Map<Stream, Replica>;

/** Load is told this often, and after every change of rooms. */
const LOAD_INTERVAL_MS = 1_000;
/** What may wait is told so late at the most; see {@link ChangedRooms}. */
const TELL_LATER_MS = 50;
/** How long a stop waits for replicas to take what was said last. */
const GOODBYE_MS = 500;
/** Commands of one stream that may be under way at once; a replica that sends more is cut off. */
const COMMANDS_MAX = 10_000;

export interface RoomNodeServiceOptions {
  readonly host: string;
  readonly port: number;
  readonly keys: ServiceKeys;
  /** For the health service. */
  ready(): boolean;
  readonly rooms: NodeRooms;
  readonly roomHost: RoomHost;
  readonly nodeId: NodeId;
  /** What the node's seat tokens are proven with. */
  readonly seatSecret: Uint8Array;
  load(): NodeLoad;
  onStreams(count: number): void;
  /** A request failed: what the replica is told. */
  failed(error: unknown): WarrenError;
}

export interface RunningRoomNodeService {
  readonly port: number;
  /** Where the replicas that are connected take results; each once. */
  replicas(): string[];
  /** Tells every replica at the end of this turn, or a moment later what nobody waits for. */
  tell(room: RoomSummary): void;
  /** Tells every replica how full the node is, before its time. */
  tellLoad(): void;
  close(): Promise<void>;
}

/** The gRPC side of a node: `Coordinate` streams from every replica, and `CreateRoom`. */
export async function startRoomNodeService(options: RoomNodeServiceOptions): Promise<RunningRoomNodeService> {
  const streams: Streams = new Map();
  const turns = new RoomTurns();
  const changed = new ChangedRooms();
  let isTellingSoon = false;
  let later: NodeJS.Timeout | undefined;
  const tellOf = (rooms: readonly RoomSummary[]) => {
    for (const room of rooms) everyone({ $case: "lifecycle", value: lifecycleOf(room) });
    if (rooms.length > 0) tellLoad();
  };
  const tellLater = () => {
    later = undefined;
    tellOf(changed.take("later"));
  };
  const tellSoon = () => {
    if (isTellingSoon) return;
    isTellingSoon = true;
    setImmediate(tellNow);
  };
  const tellNow = () => {
    // One that is still to come finds nothing to tell.
    isTellingSoon = false;
    tellOf(changed.take("soon"));
    // After the rooms: whoever reads an answer knows of its room.
    for (const [stream, replica] of streams) {
      const { replies } = replica;
      if (replies.length === 0) continue;
      replica.replies = [];
      send(stream, { $case: "replies", value: { replies } });
    }
  };
  const handlers: RoomNodeServiceServer = {
    coordinate: (stream) => coordinate(stream, { ...options, streams, turns, tellSoon }),
    createRoom(call, answer) {
      createRoom(call.request, options).then(
        (response) => {
          // As with replies: whoever reads the answer knows of the room.
          tellNow();
          answer(null, response);
        },
        (error) => answer(toServiceError(options.failed(error))),
      );
    },
  };
  const server = await startGrpcServer({
    host: options.host,
    port: options.port,
    keys: options.keys,
    service: RoomNodeServiceService,
    handlers,
    ready: options.ready,
  });
  const everyone = (body: NonNullable<CoordinateResponse["body"]>) => {
    for (const stream of streams.keys()) send(stream, body);
  };
  const tellLoad = () => everyone({ $case: "load", value: options.load() });
  const timer = setInterval(tellLoad, LOAD_INTERVAL_MS);
  return {
    port: server.port,
    replicas: () =>
      [...new Set([...streams.values()].map(({ address }) => address))].filter((address) => address !== ""),
    tell(room) {
      if (changed.add(room) === "soon") tellSoon();
      else later ??= setTimeout(tellLater, TELL_LATER_MS);
    },
    tellLoad,
    async close() {
      clearInterval(timer);
      clearTimeout(later);
      tellLater();
      tellNow();
      // What was said last is still heard, of a replica that listens.
      const heard = [...streams.keys()].map(
        (stream) =>
          new Promise((resolve) => {
            stream.once("finish", resolve).once("close", resolve).end();
          }),
      );
      let cancel: NodeJS.Timeout | undefined;
      const tooLong = new Promise((resolve) => {
        cancel = setTimeout(resolve, GOODBYE_MS);
      });
      await Promise.race([Promise.all(heard), tooLong]);
      clearTimeout(cancel);
      server.close();
    },
  };
}

function send(stream: Stream, body: NonNullable<CoordinateResponse["body"]>): void {
  if (!stream.destroyed) stream.write({ body });
}

function coordinate(
  stream: Stream,
  options: RoomNodeServiceOptions & { streams: Streams; turns: RoomTurns; tellSoon(): void },
): void {
  const { streams, turns } = options;
  let underWay = 0;
  const reply = (answer: Reply) => {
    underWay--;
    streams.get(stream)?.replies.push(answer);
    options.tellSoon();
  };
  stream.on("data", ({ body }: CoordinateRequest) => {
    if (body?.$case === "hello") {
      if (body.value.servicesVersion !== SERVICES_VERSION) {
        return refuse(
          stream,
          `services version is ${body.value.servicesVersion}; accepted: ${SERVICES_VERSION}`,
        );
      }
      streams.set(stream, { address: body.value.grpcAddress, replies: [] });
      options.onStreams(streams.size);
      send(stream, { $case: "welcome", value: welcome(options) });
      send(stream, { $case: "load", value: options.load() });
    } else if (body?.$case === "commands" && streams.has(stream)) {
      for (const command of body.value.commands) {
        if (++underWay > COMMANDS_MAX) return refuse(stream, `more than ${COMMANDS_MAX} commands under way`);
        void execute(command, options, turns).then(reply);
      }
    }
  });
  const gone = () => {
    streams.delete(stream);
    options.onStreams(streams.size);
  };
  stream.on("end", () => stream.end());
  stream.on("close", gone);
  stream.on("error", gone);
  stream.on("cancelled", gone);
}

function welcome({ nodeId, seatSecret, roomHost }: RoomNodeServiceOptions): NodeWelcome {
  return {
    nodeId,
    servicesVersion: SERVICES_VERSION,
    seatSecret: Buffer.from(seatSecret),
    rooms: [...roomHost.summaries()].map(lifecycleOf),
  };
}

/** Ends a stream with a status. `destroy` would end it on this side only, and leave the replica waiting. */
function refuse(stream: Stream, why: string): void {
  stream.emit("error", toServiceError(new WarrenError("INVALID_ARGUMENT", why)));
}

async function execute(
  { correlationId, body }: Command,
  options: RoomNodeServiceOptions,
  turns: RoomTurns,
): Promise<Reply> {
  try {
    if (body?.$case === "reserve") {
      const { value } = body;
      const roomEpoch = await turns.run(parseRoomId(value.roomId), () => reserve(value, options));
      return { correlationId, errorCode: "", errorMessage: "", roomEpoch };
    }
    if (body?.$case === "release") {
      const [room, player] = [parseRoomId(body.value.roomId), parsePlayerId(body.value.playerId)];
      await turns.run(room, async () => options.roomHost.release(room, player));
      return { correlationId, errorCode: "", errorMessage: "", roomEpoch: 0 };
    }
    throw new WarrenError("INVALID_ARGUMENT", "command is of an unknown kind; accepted: reserve, release");
  } catch (error) {
    const ours = options.failed(error);
    return { correlationId, errorCode: ours.code, errorMessage: ours.message, roomEpoch: 0 };
  }
}

async function reserve(request: Reserve, { rooms, roomHost }: RoomNodeServiceOptions): Promise<number> {
  const roomId = parseRoomId(request.roomId);
  switch (request.mode) {
    case Reserve_Mode.CREATE:
      if (!request.spec)
        throw new WarrenError("INVALID_ARGUMENT", "spec is missing; accepted: what the room is opened as");
      await rooms.open(roomId, request.spec, request.seats.length);
      return roomHost.reserve(roomId, request.seats).epoch;
    case Reserve_Mode.JOIN: {
      const { seats, backfillGeneration } = request;
      // Who comes by a code comes for no team.
      const anywhere = seats.map((seat) => ({ ...seat, team: undefined }));
      return roomHost.reserve(roomId, backfillGeneration > 0 ? seats : anywhere, backfillGeneration).epoch;
    }
    case Reserve_Mode.HOLD:
      return roomHost.hold(roomId, request.seats).epoch;
    default:
      throw new WarrenError("INVALID_ARGUMENT", `mode is ${request.mode}; accepted: create, join, hold`);
  }
}

async function createRoom(
  request: CreateRoomRequest,
  { rooms, roomHost }: RoomNodeServiceOptions,
): Promise<CreateRoomResponse> {
  const roomId = parseRoomId(request.roomId);
  if (!request.spec || !request.creator)
    throw new WarrenError("INVALID_ARGUMENT", "spec or creator is missing; accepted: both");
  await rooms.open(roomId, request.spec, 1);
  const { epoch, joinCode } = roomHost.reserve(roomId, [request.creator]);
  return { roomEpoch: epoch, joinCode };
}

function lifecycleOf(room: RoomSummary): RoomLifecycle {
  return {
    roomId: room.roomId,
    roomName: room.spec.roomName,
    epoch: room.epoch,
    queue: room.spec.queue,
    seats: room.seats,
    players: room.players,
    ended: room.ended,
    backfill: room.asked && { generation: room.asked.generation, free: [...room.asked.free] },
    listed: room.listed,
    properties: new Map(room.properties),
    watchable: room.watchable,
    spectators: room.spectators,
  };
}
