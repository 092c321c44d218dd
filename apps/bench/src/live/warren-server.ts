import { randomId } from "@warren/kernel";
import { freePort, Member } from "@warren/testbed";
import { FarClient } from "../matchmaker/far-client.ts";
import { endForProfile, profileOptions } from "../process-profile.ts";
import { cpuNs, rssBytes } from "./cpu-time.ts";
import type { LiveServer, LiveServerOptions, Scene } from "./live-server.ts";
import { checkLinux, GC_NODE_OPTIONS, LIVE_GAME, PINNED } from "./pinned.ts";

const AT_ONCE = 32;

/** Clients that send as fast as they can, and more of them than a small machine has. All else is as it comes. */
const ENV = {
  NODE_ENV: "production",
  WARREN_LOG_LEVEL: "warn",
  WARREN_LOG_FORMAT: "json",
  WARREN_HTTP_HOST: "127.0.0.1",
  WARREN_HTTP_PORT: "0",
  WARREN_ROOMS_HOST: "127.0.0.1",
  WARREN_ROOMS_PORT: "0",
  WARREN_FRAMES_PER_SECOND_MAX: "1000000",
  WARREN_ROOMS_MAX: "10000",
  WARREN_SEATS_MAX: "100000",
};

/** `warren dev`: matchmaker and room-server in one process, as studios run it; clients have seats by REST. */
export class WarrenServer implements LiveServer {
  readonly protocol = "warren";
  readonly port: number;
  readonly #member: Member;
  readonly #room: string;
  readonly #seats: number;
  readonly #url: string;
  readonly #tokens: string[] = [];
  #collections = 0;

  private constructor(member: Member, scene: Scene) {
    this.#member = member;
    this.#room = roomOf(scene);
    this.#seats = scene.players;
    this.port = Number(new URL(member.url).port);
    this.#url = member.url;
  }

  static async start({ scene, gc = false, game = LIVE_GAME }: LiveServerOptions): Promise<WarrenServer> {
    checkLinux();
    const env = {
      ...ENV,
      WARREN_ADMIN_PORT: String(await freePort()),
      NODE_OPTIONS: [...(gc ? [GC_NODE_OPTIONS] : []), ...profileOptions()].join(" "),
    };
    return new WarrenServer(await Member.start(["dev", game], env, { prefix: PINNED }), scene);
  }

  get pid(): number {
    return this.#member.pid;
  }

  cpuNs(): number {
    return cpuNs(this.pid);
  }

  prepare(clients: number): Promise<void> {
    return this.#asking(async (rest) => {
      await manyAtOnce(clients - this.#tokens.length, async () => {
        const { token } = await rest.json<{ token: string }>("POST", "/v1/guests", "");
        this.#tokens.push(token);
      });
    });
  }

  async requests(clients: number): Promise<string[]> {
    await this.prepare(clients);
    return this.#asking(async (rest) => {
      const requests: string[] = new Array(clients);
      await manyAtOnce(Math.ceil(clients / this.#seats), async (room) => {
        const from = room * this.#seats;
        const some = await this.#ofRoom(
          rest,
          this.#tokens.slice(from, Math.min(from + this.#seats, clients)),
        );
        requests.splice(from, some.length, ...some);
      });
      return requests;
    });
  }

  /** Connections for this alone: idle ones are closed before the next round. */
  async #asking<T>(ask: (rest: FarClient) => Promise<T>): Promise<T> {
    const rest = new FarClient(this.#url, AT_ONCE);
    try {
      return await ask(rest);
    } finally {
      rest.close();
    }
  }

  /** The first player opens the room now and asks for its seat's token then; the others join by its code. */
  async #ofRoom(rest: FarClient, [first = "", ...others]: readonly string[]): Promise<string[]> {
    const { roomId, joinCode } = await rest.json<{ roomId: string; joinCode: string }>(
      "POST",
      "/v1/rooms",
      first,
      { room: this.#room },
      randomId("j"),
    );
    const body = JSON.stringify({ joinCode });
    return [
      this.#post(`/v1/players/me/seats/${roomId}`, first),
      ...others.map((token) => this.#post("/v1/rooms/join", token, body)),
    ];
  }

  #post(path: string, token: string, body?: string): string {
    const lines = [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.port}`,
      `Authorization: Bearer ${token}`,
      ...(body === undefined ? [] : ["Content-Type: application/json"]),
      `Content-Length: ${body?.length ?? 0}`,
    ];
    return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
  }

  async rssAfterGc(): Promise<number> {
    this.#member.signal("SIGUSR2");
    await this.#member.said(new RegExp(`^collected ${++this.#collections}$`, "m"));
    return rssBytes(this.pid);
  }

  /** Sends a signal to the game, and answers what it says to that: the match of the pattern. */
  async hear(signal: NodeJS.Signals, pattern: RegExp): Promise<RegExpMatchArray> {
    this.#member.signal(signal);
    return this.#member.said(pattern);
  }

  async counts(): Promise<{ ticks: number }> {
    return { ticks: (await this.#member.metric("warren_room_tick_seconds_count")) ?? 0 };
  }

  async close(): Promise<void> {
    await endForProfile(this.#member);
    await this.#member.stop();
  }
}

/** As often as a room may tick. */
const TICK_HZ_MAX = 128;

/** The room of live-game.ts that does what the scene says. */
function roomOf({ players, tickHz, maxSpeed }: Scene): string {
  if (tickHz === 0) return "echo";
  return `field-${players}-${maxSpeed ? TICK_HZ_MAX : tickHz}hz`;
}

async function manyAtOnce(count: number, one: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const some = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}
