import { fileURLToPath } from "node:url";
import { ensureNatsServer } from "@warren/cluster/nats-server";
import { Member } from "@warren/testbed";
import { type Launched, launch } from "@warren/testkit";
import type { Links } from "./links.ts";
import type { Layout } from "./site-layout.ts";

const GAME = fileURLToPath(new URL("../game.js", import.meta.url));
const ENV = {
  WARREN_AUTH_SECRET: "a-secret-for-a-test-of-32-characters",
  WARREN_INSECURE: "true",
  WARREN_LOG_LEVEL: "info",
  WARREN_LOG_FORMAT: "json",
  WARREN_REQUESTS_PER_MINUTE_MAX: "1000000",
  WARREN_GUESTS_PER_MINUTE_MAX: "1000000",
};

/** NATS on one host, a matchmaker and a room-server on each of two others, and the network between them. */
export class PartitionSite {
  readonly links: Links;
  readonly layout: Layout;
  readonly #nats: Launched;
  readonly #members: readonly Member[];

  private constructor(layout: Layout, nats: Launched, members: readonly Member[]) {
    this.layout = layout;
    this.links = layout.links;
    this.#nats = nats;
    this.#members = members;
  }

  /** `folder`: where NATS keeps its data. */
  static async start(layout: Layout, folder: string, env: NodeJS.ProcessEnv): Promise<PartitionSite> {
    const { path } = await ensureNatsServer({ env });
    const { address, port, prefix } = layout.nats;
    const [command = "", ...args] = [
      ...prefix,
      path,
      "-a",
      address,
      "-p",
      String(port),
      "-js",
      "-sd",
      folder,
    ];
    const nats = launch(command, args);
    const started: Member[] = [];
    try {
      await nats.said(/Server is ready/);
      const starts = layout.hosts.flatMap(({ prefix, rooms, matchmaker }) => [
        Member.start(["rooms", GAME], { ...ENV, ...rooms }, { prefix }),
        Member.start(["matchmaker", GAME], { ...ENV, ...matchmaker }, { prefix }),
      ]);
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === "rejected") throw start.reason;
        started.push(start.value);
      }
      return new PartitionSite(layout, nats, started);
    } catch (error) {
      await stop(nats, started);
      throw error;
    }
  }

  /** Where players connect to the room-servers. */
  get nodeUrls(): string[] {
    return this.layout.hosts.map(({ roomsUrl }) => roomsUrl);
  }

  /** How often a matchmaker lost a room-server, or any of them NATS, as they say. */
  get linksLost(): number {
    const lost = /"event":"node\.down"|nats disconnect"/g;
    return this.#members.reduce((sum, member) => sum + (member.output().match(lost)?.length ?? 0), 0);
  }

  async close(): Promise<void> {
    await this.links.close();
    await stop(this.#nats, this.#members);
  }
}

async function stop(nats: Launched, members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.stop()));
  await nats.end("SIGKILL");
}
