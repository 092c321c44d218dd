import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect, type NatsConnection } from "@nats-io/transport-node";
import { parseName } from "@warren/kernel";
import type { Cluster } from "../cluster.ts";
import type { OnEvent } from "../event.ts";
import { serverVersionProblem } from "../server-version.ts";
import { untilAvailable } from "./available.ts";
import { ensureStreams } from "./ensure-streams.ts";
import { Link, REQUEST_TIMEOUT_MS, TRY_TIMEOUT_MS } from "./link.ts";
import { NatsBus } from "./nats-bus.ts";
import { NatsDirectory } from "./nats-directory.ts";
import { NatsLease } from "./nats-lease.ts";
import { NatsLog } from "./nats-log.ts";
import type { Replicas } from "./streams.ts";

export interface ConnectNatsOptions {
  /** Such as `nats://127.0.0.1:4222`; several with commas between. */
  readonly servers: string;
  /** Keeps clusters on one server apart: part of every subject, stream and bucket. Default `default`. 1 to 32 of a-z 0-9 -. */
  readonly cluster?: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Copies of everything that is kept. Default: 1 when created, else as it is. */
  readonly replicas?: Replicas;
  readonly onEvent?: OnEvent;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A lost server is noticed after two of these without an answer, milliseconds. */
const PING_INTERVAL_MS = 2_000;
const RECONNECT_WAIT_MS = 250;

/**
 * Connects to NATS, checks that the server is new enough and makes the streams ready. Rejects when the first
 * connection fails; a later one is sought for ever.
 */
export async function connectNats(options: ConnectNatsOptions): Promise<Cluster> {
  const { name, onEvent = () => undefined, replicas, user, pass, token } = options;
  const cluster = parseName(options.cluster ?? "default", "cluster");
  const access: ConnectionOptions = {
    servers: options.servers.split(",").map((server) => server.trim()),
    name,
    timeout: CONNECT_TIMEOUT_MS,
    noAsyncTraces: true, // they cost a stack for every request
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(token !== undefined && { token }),
  };
  // A connection that never gives up would hang here for ever on credentials that are wrong.
  await (await connect({ ...access, reconnect: false })).close();
  const nc = await connect({
    ...access,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    ignoreAuthErrorAbort: true, // credentials that are refused while a server restarts must not end the process's connection for good
  });
  try {
    const jsm = await ready(nc, cluster, replicas, onEvent);
    const questions = await jetstreamManager(nc, { timeout: TRY_TIMEOUT_MS, checkAPI: false });
    const link = new Link(nc, jsm, questions, cluster, onEvent);
    return {
      log: new NatsLog(link),
      bus: new NatsBus(link),
      lease: new NatsLease(link),
      directory: new NatsDirectory(link),
      healthy: () => link.connected,
      close: () => link.close(),
    };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

async function ready(
  nc: NatsConnection,
  cluster: string,
  replicas: Replicas | undefined,
  onEvent: OnEvent,
): Promise<JetStreamManager> {
  const problem = serverVersionProblem(nc.info?.version ?? "unknown");
  if (problem) throw new Error(problem);
  if (!nc.info?.jetstream)
    throw new Error("nats-server runs without JetStream; start it with `-js` or a `jetstream {}` block");
  const jsm = await jetstreamManager(nc, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
  const copies = await untilAvailable(() => ensureStreams(jsm, cluster, replicas, onEvent), onEvent);
  const servers = nc.info.connect_urls?.length ?? 1;
  if (copies === 1 && servers >= 3) {
    const advice = "WARREN_NATS_REPLICAS=3 makes more copies";
    onEvent("everything is kept on one NATS server alone", { servers, copies, advice });
  }
  return jsm;
}
