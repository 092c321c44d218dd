import { randomInt } from "node:crypto";
import { type Cluster, LiveNodes } from "@warren/cluster";
import type { Game } from "@warren/game";
import { type NodeId, parseNodeId, randomBytes, randomId, systemClock } from "@warren/kernel";
import { overloadOf } from "@warren/protocol/services";
import { RoomHost, SessionHost } from "@warren/room";
import {
  checkGrpcHost,
  grpcAddressOf,
  hostInUrl,
  Lifecycle,
  type Logger,
  openKeys,
  ProcessMeter,
  type Registry,
} from "@warren/service";
import { checkBuild, checkRegion, publicUrlOf } from "./addresses.ts";
import { Admissions } from "./admissions.ts";
import type { RoomServerConfig } from "./config.ts";
import { roomServerMetrics } from "./metrics.ts";
import { announceNode } from "./node-announcement.ts";
import { NodeRooms } from "./node-rooms.ts";
import { Owners } from "./owners.ts";
import { PlayerMessages } from "./player-messages.ts";
import { reportResults } from "./report-results.ts";
import { ResultOutbox } from "./result-outbox.ts";
import { startRoomNodeService } from "./room-node-service.ts";
import { RoomWatch } from "./room-watch.ts";
import { watchRuns } from "./run-watch.ts";
import { SeatTokens } from "./seat-tokens.ts";
import { startRelay } from "./start-relay.ts";
import { listenForSockets } from "./transport/uws-server.ts";

export interface RunningRoomServer {
  readonly nodeId: NodeId;
  readonly port: number;
  /** Of its RoomNode service. */
  readonly grpcPort: number;
  /** Where players connect on this machine. */
  readonly url: string;
  ready(): boolean;
  /** Ends every room, gives the lease back and frees the ports. */
  close(): Promise<void>;
}

/** One node: sockets → sessions → rooms, coordinated with the matchmakers over gRPC. */
export async function startRoomServer(options: {
  config: RoomServerConfig;
  game: Game;
  cluster: Cluster;
  log: Logger;
  registry: Registry;
}): Promise<RunningRoomServer> {
  const { config } = options;
  checkGrpcHost(config);
  checkRegion(config);
  checkBuild(config);
  const life = new Lifecycle(options.log);
  try {
    return await start(options, life);
  } catch (error) {
    // What was opened before the part that failed.
    await life.stop(config.stopMs);
    throw error;
  }
}

type StartOptions = Parameters<typeof startRoomServer>[0];

async function start(options: StartOptions, life: Lifecycle): Promise<RunningRoomServer> {
  const { config, game, cluster, registry } = options;
  const nodeId = parseNodeId(randomId("n"));
  const log = options.log.child({ nodeId });
  const clock = systemClock;
  const keys = await openKeys(config, "rooms", log);
  life.opened("keys", () => keys.close());

  const metrics = roomServerMetrics(registry, {
    waitingBytes: () => sessions.waitingBytes,
    sessions: () => sessions.sessionCount,
    process: () => meter.load,
    relay: () => relay.core,
  });
  const seats = new SeatTokens(clock);
  const meter = new ProcessMeter();
  life.opened("process meter", () => meter.close());

  // Results of matches, on their way to the log.
  const results: ResultOutbox = new ResultOutbox({
    clock,
    log,
    metrics,
    replicas: () => service.replicas(),
    tell: (address, told) => reportResults(keys, address, told),
  });

  // The other nodes.
  const nodes = await LiveNodes.watch(cluster.lease);
  life.opened("nodes", () => nodes.close());

  // Who is here, and what comes for them.
  const messages = new PlayerMessages({ nodeId, cluster, nodes, clock, log, metrics });
  life.opened("messages", () => messages.close());

  // Rooms of this node.
  const watch = new RoomWatch({ metrics, log });
  const overload = () => overloadOf({ ...meter.load, memoryMibMax: config.memoryMibMax });
  const roomHost: RoomHost = new RoomHost({
    definitions: game.rooms,
    clock,
    roomsMax: config.roomsMax,
    seatsMax: config.seatsMax,
    overload,
    seed: () => randomInt(2 ** 32),
    ...watch.hostOptions,
    ...watchRuns({ metrics, log, clock }),
    onResult: (result) => results.add(result),
    onTell: (tell) =>
      void messages.tell(tell, sessions).then((told) => roomHost.told(tell.roomId, tell.effectId, told)),
    onChanged(room, error) {
      metrics.rooms.set(roomHost.roomCount);
      metrics.seats.set(roomHost.playerCount);
      if (error !== undefined) watch.failed(room, error);
      if (room.ended) rooms.ended(room);
      service.tell(room);
    },
  });
  const rooms = new NodeRooms({ nodeId, host: roomHost, directory: cluster.directory, log });

  // Rooms of others.
  const owners = new Owners({ directory: cluster.directory, nodes, clock });
  const relay: Awaited<ReturnType<typeof startRelay>> = await startRelay({
    nodeId,
    cluster,
    clock,
    nodes,
    metrics,
    admit: (token) => admissions.admitHere(token),
  });
  life.opened("relay", () => relay.close());

  // The sessions that reach either.
  const admissions: Admissions = new Admissions({
    self: nodeId,
    seats,
    rooms: roomHost,
    owners,
    relay: relay.core,
    relaysPlayers: config.relay,
    overload,
  });
  const sessions: SessionHost = new SessionHost({
    clock,
    limits: { framesPerSecondMax: config.framesPerSecondMax },
    admit: (token) => admissions.admit(token),
    newResumeKey: () => Buffer.from(randomBytes(16)).toString("base64url"),
    atEndOfTurn: (fn) => setImmediate(fn),
    onRefused(error) {
      metrics.refused.inc({ code: error.code });
      log.debug({ event: "socket.refused", code: error.code, err: error.cause }, error.message);
    },
    onStateSkipped: () => metrics.statesSkipped.inc(),
    onPresence: (player, isHere) =>
      isHere ? messages.presence.announce(player) : messages.presence.withdraw(player),
  });
  await messages.listen(sessions);

  // Players come in here.
  const sockets = await listenForSockets({
    host: config.roomsHost,
    port: config.roomsPort,
    sessions,
    metrics,
  });
  life.opened("sockets", () => sockets.close());

  // Matchmakers come in here.
  const service = await startRoomNodeService({
    host: config.grpcHost,
    port: config.grpcPort,
    keys,
    ready: () => !rooms.draining,
    rooms,
    roomHost,
    nodeId,
    seatSecret: seats.secret,
    load: () => ({
      rooms: roomHost.roomCount,
      roomsMax: config.roomsMax,
      sessions: sessions.sessionCount,
      draining: rooms.draining,
      seats: roomHost.playerCount,
      seatsMax: config.seatsMax,
      memoryMibMax: config.memoryMibMax,
      ...meter.load,
    }),
    onStreams(count) {
      metrics.streams.set(count);
      results.wake();
    },
    failed: (error) => watch.requestFailed(error),
  });
  life.opened("gRPC", () => service.close());

  // Told while the ways to the matchmakers are open.
  life.opened("results", () => results.flush());

  // Closed before the ways to it: players and matchmakers are told that their rooms end.
  life.opened("rooms", () => {
    roomHost.close();
    return rooms.settled();
  });

  // From here on the matchmakers find us.
  const announcement = await announceNode({
    cluster,
    log,
    onHeld: (isRetaken) => void rooms.settle(isRetaken),
    record: {
      nodeId,
      grpcAddress: grpcAddressOf(config, service.port),
      publicUrl: publicUrlOf(config, sockets.port),
      build: config.build,
      relay: config.relay,
      region: config.region,
      rooms: Object.fromEntries(
        Object.entries(game.rooms).map(([name, room]) => [name, room.wireFingerprint]),
      ),
    },
  });
  life.opened("announcement", () => announcement.close());

  log.info(
    { event: "rooms.ready", port: sockets.port, grpcPort: service.port, build: config.build },
    `rooms are on port ${sockets.port}`,
  );
  return {
    nodeId,
    port: sockets.port,
    grpcPort: service.port,
    url: `ws://${hostInUrl(config.roomsHost)}:${sockets.port}`,
    ready: () => cluster.healthy() && !rooms.draining,
    close() {
      rooms.draining = true;
      service.tellLoad();
      return life.stop(config.stopMs);
    },
  };
}
