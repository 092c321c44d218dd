import type { AddressInfo } from "node:net";
import { type Cluster, LiveNodes } from "@warren/cluster";
import type { Game } from "@warren/game";
import { parseReplicaId, type ReplicaId, randomId, systemClock } from "@warren/kernel";
import { WaitStats } from "@warren/matchmaking";
import {
  type AdminRoutes,
  checkGrpcHost,
  grpcAddressOf,
  hostInUrl,
  Lifecycle,
  type Logger,
  listenError,
  openKeys,
  type Registry,
} from "@warren/service";
import type { FastifyInstance } from "fastify";
import { Auth } from "./auth.ts";
import type { MatchmakerConfig } from "./config.ts";
import { LiveCounts } from "./counts/live-counts.ts";
import { Decider } from "./decider/decider.ts";
import { startMatchmakerService } from "./grpc/matchmaker-service.ts";
import { DOMAIN, Domain } from "./log/domain.ts";
import { measureFold } from "./log/fold-metrics.ts";
import { configureQueues } from "./log/queue-versions.ts";
import { matchmakerMetrics } from "./metrics.ts";
import { broadcastRoute } from "./players/broadcast-route.ts";
import { PlayerTeller } from "./players/player-teller.ts";
import { createRestApp } from "./rest/app.ts";
import { openHttpTls } from "./rest/http-tls.ts";
import { checkNetworks } from "./rest/networks.ts";
import type { PageSource } from "./rest/page-routes.ts";

import { Ratings } from "./results/ratings.ts";
import { settleResults } from "./results/settle-results.ts";
import { Nodes } from "./rooms/nodes.ts";
import { PrivateRooms } from "./rooms/private-rooms.ts";
import { warnWithoutRegions } from "./rooms/region-warning.ts";
import { RoomListing } from "./rooms/room-listing.ts";
import { Lobbies } from "./tickets/lobbies.ts";
import { StreamSlots } from "./tickets/stream-slots.ts";
import { StreamTracker } from "./tickets/stream-tracker.ts";
import { Tickets } from "./tickets/tickets.ts";

export interface RunningMatchmaker {
  readonly replicaId: ReplicaId;
  readonly port: number;
  /** Where REST is on this machine. */
  readonly url: string;
  /** Of its MatchmakerService. */
  readonly grpcPort: number;
  ready(): boolean;
  /** For its admin port. */
  readonly admin: AdminRoutes;
  /** Resolves when this replica cannot follow the log any more: it has to be started anew, or updated. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

export interface MatchmakerParts {
  readonly config: MatchmakerConfig;
  readonly game: Game;
  readonly cluster: Cluster;
  readonly log: Logger;
  readonly registry: Registry;
  readonly page?: PageSource;
}

/** One replica: log → fold → decider, and REST in front of it. Holds nothing that is not in the log. */
export async function startMatchmaker(parts: MatchmakerParts): Promise<RunningMatchmaker> {
  const life = new Lifecycle(parts.log);
  try {
    return await start(parts, life);
  } catch (error) {
    // What was opened before the part that failed.
    await life.stop(parts.config.stopMs);
    throw error;
  }
}

/** Throws what {@link startMatchmaker} would throw of settings that do not fit together, before anything else is started. */
export function checkMatchmakerConfig(config: MatchmakerConfig): void {
  authOf(config);
}

function authOf(config: MatchmakerConfig): Auth {
  checkGrpcHost(config);
  checkNetworks("WARREN_TRUSTED_PROXIES", config.trustedProxies);
  checkNetworks("WARREN_UNLIMITED_ADDRESSES", config.unlimitedAddresses);
  return new Auth(config);
}

async function start(options: MatchmakerParts, life: Lifecycle): Promise<RunningMatchmaker> {
  const { config, game, cluster, registry } = options;
  const auth = authOf(config);
  const replicaId = parseReplicaId(randomId("mm"));
  const log = options.log.child({ replicaId });
  const clock = systemClock;
  const metrics = matchmakerMetrics(registry);
  const keys = await openKeys(config, "matchmaker", log);
  life.opened("keys", () => keys.close());
  const tls = await openHttpTls(config, log);
  life.opened("TLS", () => tls?.close());

  // The log, folded; and the room-servers, dialled.
  const domain = new Domain({ name: DOMAIN, queues: game.queues, log: cluster.log, clock, logger: log });
  measureFold(domain, metrics);
  const waits = new WaitStats(domain);
  domain.onChanges((changes) => waits.apply(changes, domain.fold.timeMs));
  life.opened("domain", () => domain.close());
  await domain.start();
  await configureQueues({ domain, queues: game.queues, log });

  // What room-servers and studios' backends reach; room-servers are told the address.
  const ready = () => cluster.healthy() && domain.caughtUp && !domain.left;
  const regions = () => nodes.regions();
  const ratings = new Ratings(cluster.directory, clock);
  const lobbies = new Lobbies(game, domain);
  const tickets = new Tickets(game, domain, { regions, lobbies, ratings });
  const slots = new StreamSlots(config, metrics);
  const service = await startMatchmakerService({
    config,
    keys,
    auth,
    domain,
    tickets,
    slots,
    waits,
    log,
    ready,
  });
  life.opened("gRPC", () => service.close());
  const nodes = new Nodes({
    game,
    cluster,
    replicaId,
    grpcAddress: grpcAddressOf(config, service.port),
    keys,
    clock,
    log,
    metrics,
  });
  life.opened("nodes", () => nodes.close());
  warnWithoutRegions({ nodes, queues: () => domain.queues, log });
  await nodes.start();

  // Decides while it holds the lease.
  const decider = new Decider({
    domain,
    nodes,
    cluster,
    replicaId,
    clock,
    log,
    metrics,
  });
  life.opened("decider", () => decider.close());
  decider.start();
  const stopSettling = settleResults({ config, cluster, domain, decider, clock, log, metrics });
  life.opened("results", stopSettling);

  // Players and studios' backends come in here.
  const streams = new StreamTracker({ domain, replicaId, clock, log });
  life.opened("event streams", () => streams.close());
  const liveNodes = await LiveNodes.watch(cluster.lease);
  life.opened("live nodes", () => liveNodes.close());
  const teller = new PlayerTeller({ cluster, nodes: liveNodes, clock, metrics });
  const counts = new LiveCounts({ domain, nodes, clock });
  life.opened("counts", () => counts.close());
  const app = await createRestApp({
    config,
    game,
    domain,
    nodes,
    auth,
    tickets,
    ratings,
    lobbies,
    slots,
    regions,
    waits,
    counts,
    streams,
    rooms: new PrivateRooms(game, nodes, domain),
    listing: new RoomListing(game, domain, nodes),
    teller,
    clock,
    log,
    metrics,
    ready,
    tls,
    ...(options.page ? { page: options.page } : {}),
  });
  life.opened("REST", () => app.close());
  await listen(app, config).catch((error: unknown) => {
    throw listenError(error, config.httpPort, "httpPort");
  });
  const { port } = app.server.address() as AddressInfo;
  log.info({ event: "matchmaker.ready", port }, `REST is on port ${port}`);
  const lost = new Promise<void>((resolve) => domain.onLeft(resolve));
  const url = `${tls ? "https" : "http"}://${hostInUrl(config.httpHost)}:${port}`;
  const admin = { "/admin/v1/broadcast": broadcastRoute(teller) };
  return {
    replicaId,
    port,
    url,
    grpcPort: service.port,
    ready,
    admin,
    lost,
    close: () => life.stop(config.stopMs),
  };
}

/** On all addresses unless one is named; a machine without IPv6 has no `::`. */
async function listen(app: FastifyInstance, { httpHost, httpPort: port }: MatchmakerConfig): Promise<void> {
  if (httpHost !== "") return void (await app.listen({ port, host: httpHost }));
  await app.listen({ port, host: "::" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EAFNOSUPPORT" && error.code !== "EADDRNOTAVAIL") throw error;
    return app.listen({ port, host: "0.0.0.0" });
  });
}
