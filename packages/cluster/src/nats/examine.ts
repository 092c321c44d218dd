import {
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  type ServerInfo,
} from "@nats-io/transport-node";
import { base32 } from "@warren/kernel";
import { serverVersionProblem } from "../server-version.ts";
import { isPassing, untilAvailable } from "./available.ts";
import { type Racer, race } from "./race.ts";

/** What was found out about a NATS; one of the three is set. */
export interface NatsFinding {
  readonly found?: string;
  /** It works, and somebody should know. */
  readonly warning?: string;
  /** Warren must not run on it. */
  readonly problem?: string;
}

export interface ExamineNatsOptions {
  /** Such as `nats://127.0.0.1:4222`; several with commas between. The servers they tell of are looked at too. */
  readonly servers: string;
  readonly token?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 3_000;
/** A list of servers that grows without end is none of ours. */
const SERVERS_MAX = 16;
/** Who races at the same time: more than one for each server. */
const RACERS = 6;
const LOOPBACK = /^(localhost|127\.[\d.]+|\[?::1\]?)$/;

interface Server {
  readonly url: string;
  readonly info: ServerInfo;
  readonly nc: NatsConnection;
}

/** Looks at every server of a NATS as a client can, and lets several writers race for one place of a stream of its own. */
export async function examineNats(options: ExamineNatsOptions): Promise<NatsFinding[]> {
  const findings: NatsFinding[] = [];
  const servers = await reach(options, findings);
  try {
    for (const server of servers) findings.push(...serverFindings(server), await accessFinding(server));
    const isUsable = servers.length > 0 && findings.every(({ problem }) => problem === undefined);
    if (isUsable) findings.push(...(await raceFindings(servers)), ...syncFindings());
    return findings;
  } finally {
    await Promise.all(servers.map(({ nc }) => nc.close()));
  }
}

/** Connects to the servers that are named and to those they tell of, each once. */
async function reach(options: ExamineNatsOptions, findings: NatsFinding[]): Promise<Server[]> {
  const servers = new Map<string, Server>();
  const named = options.servers.split(",").map((url) => url.trim());
  const waiting = named.map((url) => ({ url, isNamed: true }));
  const tried = new Set<string>();
  for (const { url, isNamed } of waiting) {
    if (tried.has(addressOf(url)) || tried.size >= SERVERS_MAX) continue;
    tried.add(addressOf(url));
    try {
      const nc = await connect({ ...access(options), servers: url });
      const { info } = nc;
      if (!info || servers.has(info.server_id)) {
        await nc.close();
        continue;
      }
      servers.set(info.server_id, { url, info, nc });
      for (const told of info.connect_urls ?? []) waiting.push({ url: told, isNamed: false });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      findings.push(
        isNamed
          ? { problem: `${addressOf(url)} cannot be reached: ${why}` }
          : {
              warning: `${addressOf(url)}, which the others tell of, cannot be reached from here and was not looked at: ${why}`,
            },
      );
    }
  }
  return [...servers.values()];
}

function access({ token }: Pick<ExamineNatsOptions, "token">): ConnectionOptions {
  return {
    name: "warren-doctor",
    reconnect: false,
    timeout: CONNECT_TIMEOUT_MS,
    ignoreClusterUpdates: true,
    ...(token ? { token } : {}),
  };
}

function serverFindings({ url, info }: Server): NatsFinding[] {
  const version = serverVersionProblem(info.version);
  if (version !== undefined) return [{ problem: `${addressOf(url)}: ${version}` }];
  if (!info.jetstream)
    return [
      {
        problem: `${addressOf(url)} runs without JetStream; start it with \`-js\` or a \`jetstream {}\` block`,
      },
    ];
  return [{ found: `${addressOf(url)} is ${info.version} with JetStream` }];
}

/** Who may connect, found out by connecting as nobody; and where from, by what the server says it listens on. */
async function accessFinding({ url, info }: Server): Promise<NatsFinding> {
  const isLocal = LOOPBACK.test(info.host) && LOOPBACK.test(hostOf(url));
  const isOpen = await connect({ ...access({}), servers: url }).then(
    (nc) => nc.close().then(() => true),
    () => false,
  );
  if (isOpen && isLocal) return { found: `${addressOf(url)} takes everybody, on loopback only` };
  if (isOpen)
    return {
      problem: `${addressOf(url)} takes everybody who can reach it, and it listens on ${info.host}; whoever can write to NATS runs the cluster: set \`authorization {}\` there and WARREN_NATS_TOKEN here, or \`host: 127.0.0.1\``,
    };
  if (!isLocal && !info.tls_required)
    return {
      warning: `${addressOf(url)} asks who connects, but does not demand TLS: on the way between machines the token and all else can be read`,
    };
  return { found: `${addressOf(url)} asks who connects` };
}

/** Everything rests on compare-and-set: seen here, on as many replicas as the cluster can keep. */
async function raceFindings(servers: readonly Server[]): Promise<NatsFinding[]> {
  const [first] = servers as [Server];
  const id = `doctor_${base32(crypto.getRandomValues(new Uint8Array(10)))}`;
  const name = `warren_${id}`;
  const subject = `warren.${id}`;
  const replicas = servers.length >= 3 ? 3 : 1;
  const where = `a stream on ${replicas === 1 ? "one server" : `${replicas} servers`}`;
  const jsm = await jetstreamManager(first.nc, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
  const findings: NatsFinding[] = [];
  let isMade = false;
  try {
    const wanted = {
      name,
      subjects: [subject],
      num_replicas: replicas,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      max_bytes: 1_048_576,
    };
    await untilAvailable(
      () => jsm.streams.add(wanted),
      () => undefined,
    );
    isMade = true;
    const racers = Array.from({ length: RACERS }, (_, i) =>
      racerOn((servers[i % servers.length] as Server).nc, subject),
    );
    const last = async () => (await jsm.streams.info(name)).state.last_seq;
    const { rounds, broken, undecided } = await race(racers, last, () => performance.now());
    if (broken > 0)
      findings.push({
        problem: `compare-and-set does not hold: in ${broken} of ${rounds} races for one place of ${where} several writers were told they won`,
      });
    else if (rounds === 0)
      findings.push({
        problem: `no race for ${where} was decided in time; the servers are too slow, or have no leader`,
      });
    else
      findings.push({
        found: `compare-and-set holds: ${rounds} races of ${RACERS} for one place of ${where}, one winner each`,
      });
    if (undecided > 0) findings.push({ warning: `${undecided} races were not answered in time` });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    findings.push({ problem: `a stream cannot be made and written to: ${why}` });
  }
  const isGone = await jsm.streams.delete(name).catch(() => false);
  if (isMade && !isGone)
    findings.push({
      warning: `the stream ${name} is left over and can be removed: \`nats stream rm ${name}\``,
    });
  return findings;
}

function racerOn(nc: NatsConnection, subject: string): Racer {
  const js = jetstream(nc, { timeout: REQUEST_TIMEOUT_MS });
  return async (lastSubjectSequence) => {
    try {
      return (await js.publish(subject, "", { expect: { lastSubjectSequence }, retries: 0 })).seq;
    } catch (error) {
      if (error instanceof JetStreamApiError || isPassing(error)) return undefined;
      throw error;
    }
  };
}

/** Said because it matters and cannot be looked up. */
function syncFindings(): NatsFinding[] {
  return [
    {
      warning:
        "how often servers write to disk (`sync_interval`) cannot be seen by a client; unless it is `always`, what is lost with the power is up to two minutes of it on that server",
    },
  ];
}

/** Without what stands before an @: that is a secret. */
function addressOf(url: string): string {
  return url
    .replace(/^\w+:\/\//, "")
    .replace(/^[^@]*@/, "")
    .replace(/\/+$/, "");
}

function hostOf(url: string): string {
  return addressOf(url).replace(/:\d+$/, "");
}
