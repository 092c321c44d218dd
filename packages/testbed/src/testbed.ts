import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureNatsServer } from "@warren/cluster/nats-server";
import { freePort } from "./free-port.ts";
import { Member } from "./member.ts";
import { NatsMember } from "./nats-member.ts";

type Env = Readonly<Record<string, string>>;

export interface TestbedOptions {
  readonly matchmakers: number;
  readonly rooms: number;
  /** File of the game all of them run. */
  readonly game: string;
  /** Settings of all processes. */
  readonly env?: Env;
  /** Settings of one room-server besides, by its index from 0. */
  readonly roomsEnv?: (index: number) => Env;
  /** NATS servers: 1, or 3 that keep everything thrice. Default 1. */
  readonly nats?: 1 | 3;
}

/** Limits that would stop load made on purpose, from one address. */
const ENV = {
  WARREN_AUTH_SECRET: "a-secret-for-loopback-of-32-characters",
  WARREN_LOG_LEVEL: "info",
  WARREN_LOG_FORMAT: "json",
  WARREN_REQUESTS_PER_MINUTE_MAX: "1000000",
  WARREN_GUESTS_PER_MINUTE_MAX: "1000000",
};
/** Streams reserve what they may hold, and servers on one machine count the same disk. */
const STORE_BYTES_MAX = 2 ** 40;

/** NATS servers, matchmakers and room-servers, each a process, on free ports of loopback and with data of their own. */
export class Testbed {
  readonly nats: readonly NatsMember[];
  readonly matchmakers: readonly Member[];
  readonly rooms: readonly Member[];
  readonly #folder: string;

  private constructor(
    folder: string,
    nats: readonly NatsMember[],
    matchmakers: readonly Member[],
    rooms: readonly Member[],
  ) {
    this.#folder = folder;
    this.nats = nats;
    this.matchmakers = matchmakers;
    this.rooms = rooms;
  }

  /** All servers, with commas between. */
  get natsUrl(): string {
    return urlsOf(this.nats);
  }

  static async start(options: TestbedOptions): Promise<Testbed> {
    const folder = await mkdtemp(join(tmpdir(), "warren-testbed-"));
    const started: { stop(): Promise<void> }[] = [];
    const all = async <T extends { stop(): Promise<void> }>(
      count: number,
      start: (i: number) => Promise<T>,
    ) => {
      const starts = await Promise.allSettled(
        Array.from({ length: count }, async (_, i) => {
          const member = await start(i);
          started.push(member);
          return member;
        }),
      );
      return starts.map((start) => {
        if (start.status === "rejected") throw start.reason;
        return start.value;
      });
    };
    try {
      const nats = await startNats(folder, options.nats ?? 1, all);
      const env = {
        ...ENV,
        WARREN_NATS_URL: urlsOf(nats),
        ...(nats.length > 1 && { WARREN_NATS_REPLICAS: String(nats.length) }),
      };
      const member = async (role: string, portName: string, more: Env = {}) =>
        Member.start([role, options.game], {
          ...env,
          [portName]: String(await freePort()),
          WARREN_ADMIN_PORT: String(await freePort()),
          ...options.env,
          ...more,
        });
      const rooms = await all(options.rooms, (i) =>
        member("rooms", "WARREN_ROOMS_PORT", options.roomsEnv?.(i)),
      );
      const matchmakers = await all(options.matchmakers, () => member("matchmaker", "WARREN_HTTP_PORT"));
      return new Testbed(folder, nats, matchmakers, rooms);
    } catch (error) {
      for (const member of started.reverse()) await member.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.matchmakers, ...this.rooms].map((member) => member.stop()));
    await Promise.all(this.nats.map((server) => server.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function startNats(
  folder: string,
  count: 1 | 3,
  all: (count: number, start: (i: number) => Promise<NatsMember>) => Promise<NatsMember[]>,
): Promise<NatsMember[]> {
  const { path } = await ensureNatsServer({ env: process.env });
  if (count === 1) return all(1, () => NatsMember.start({ path, dataDir: join(folder, "nats") }));
  const routePorts = await Promise.all(Array.from({ length: count }, freePort));
  const nats = await all(count, (i) =>
    NatsMember.start({
      path,
      dataDir: join(folder, `nats-${i}`),
      storeBytesMax: STORE_BYTES_MAX,
      cluster: { name: "testbed", serverName: `nats-${i}`, port: routePorts[i] ?? 0, routePorts },
    }),
  );
  await Promise.all(nats.map((server) => server.healthy()));
  return nats;
}

function urlsOf(nats: readonly NatsMember[]): string {
  return nats.map(({ url }) => url).join(",");
}
