import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { freePort } from "./free-port.ts";
import { Member } from "./member.ts";

export interface TestbedOptions {
  readonly matchmakers: number;
  readonly rooms: number;
  /** File of the game all of them run. */
  readonly game: string;
  /** Settings of all processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Limits that would stop load made on purpose, from one address. */
const ENV = {
  WARREN_AUTH_SECRET: "a-secret-for-loopback-of-32-characters",
  WARREN_ADMIN_PORT: "0",
  WARREN_LOG_LEVEL: "info",
  WARREN_LOG_FORMAT: "json",
  WARREN_REQUESTS_PER_MINUTE_MAX: "1000000",
  WARREN_GUESTS_PER_MINUTE_MAX: "1000000",
};

/** A nats-server, matchmakers and room-servers, each a process, on free ports of loopback and with data of their own. */
export class Testbed {
  readonly natsUrl: string;
  readonly matchmakers: readonly Member[];
  readonly rooms: readonly Member[];
  readonly #nats: RunningNatsServer;
  readonly #folder: string;

  private constructor(
    nats: RunningNatsServer,
    folder: string,
    matchmakers: readonly Member[],
    rooms: readonly Member[],
  ) {
    this.#nats = nats;
    this.#folder = folder;
    this.natsUrl = nats.url;
    this.matchmakers = matchmakers;
    this.rooms = rooms;
  }

  static async start(options: TestbedOptions): Promise<Testbed> {
    const folder = await mkdtemp(join(tmpdir(), "warren-testbed-"));
    const { path } = await ensureNatsServer({ env: process.env });
    const nats = await startNatsServer({ path, dataDir: join(folder, "nats") });
    const started: Member[] = [];
    const members = async (role: "matchmaker" | "rooms", portName: string, count: number) => {
      const starts = await Promise.allSettled(
        Array.from({ length: count }, async () => {
          const member = await Member.start([role, options.game], {
            ...ENV,
            WARREN_NATS_URL: nats.url,
            [portName]: String(await freePort()),
            ...options.env,
          });
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
      const rooms = await members("rooms", "WARREN_ROOMS_PORT", options.rooms);
      const matchmakers = await members("matchmaker", "WARREN_HTTP_PORT", options.matchmakers);
      return new Testbed(nats, folder, matchmakers, rooms);
    } catch (error) {
      await Promise.all(started.map((member) => member.stop()));
      await nats.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.matchmakers, ...this.rooms].map((member) => member.stop()));
    await this.#nats.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
