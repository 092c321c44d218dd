import { fileURLToPath } from "node:url";
import { randomId } from "@warren/kernel";
import { Testbed } from "@warren/testbed";
import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { FarClient } from "./far-client.ts";

const GAME = fileURLToPath(new URL("./pair-game.js", import.meta.url));
const ROUND_MS = 8_000;
/** At saturation so many players are always waiting for something. */
const IN_FLIGHT = 256;
const GUESTS_AT_ONCE = 64;
const ALONE_MS = 1_000;

/** A matchmaker and two room-servers on a real nats-server. `perSecond` undefined: players queue again as soon as they are assigned. */
export async function endToEndRunner(perSecond: number | undefined): Promise<Runner> {
  const env = { WARREN_ROOMS_MAX: "100000", WARREN_LOG_LEVEL: "warn" };
  const testbed = await Testbed.start({ matchmakers: 1, rooms: 2, game: GAME, env });
  const client = new FarClient(testbed.matchmakers[0]!.url, perSecond ?? IN_FLIGHT * 2);
  const load = new PairLoad(client);
  // Code gets compiled, connections opened.
  await load.atRate(100, 2_000);
  return {
    round: () => (perSecond === undefined ? load.saturated(ROUND_MS) : load.atRate(perSecond, ROUND_MS)),
    async close() {
      client.close();
      await testbed.close();
    },
  };
}

class PairLoad {
  readonly #client: FarClient;

  constructor(client: FarClient) {
    this.#client = client;
  }

  /** From the later POST of each match to `assigned` at the later of its two players. */
  async atRate(perSecond: number, durationMs: number): Promise<Figures> {
    const tokens = await this.#guests(Math.ceil((perSecond * durationMs) / 1_000));
    const matches = new Map<string, { postedAtMs: number; assignedAtMs: number; players: number }>();
    const one = async (token: string) => {
      const postedAtMs = performance.now();
      const { matchId, atMs } = await this.#play(token);
      const match = matches.get(matchId) ?? { postedAtMs: 0, assignedAtMs: 0, players: 0 };
      match.postedAtMs = Math.max(match.postedAtMs, postedAtMs);
      match.assignedAtMs = Math.max(match.assignedAtMs, atMs);
      match.players++;
      matches.set(matchId, match);
    };
    const startedMs = performance.now();
    const playing: Promise<void>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(
          tokens.length,
          Math.floor(((performance.now() - startedMs) * perSecond) / 1_000),
        );
        while (playing.length < due) playing.push(one(tokens[playing.length]!));
        if (playing.length < tokens.length) return;
        clearInterval(timer);
        resolve();
      }, 2);
    });
    await Promise.all(playing);
    const seconds = (performance.now() - startedMs) / 1_000;
    const waits = [...matches.values()].map((match) => {
      if (match.players !== 2) throw new Error(`a match of ${match.players}`);
      return match.assignedAtMs - match.postedAtMs;
    });
    return {
      p50Ms: quantile(waits, 0.5),
      p99Ms: quantile(waits, 0.99),
      ticketsPerSecond: tokens.length / seconds,
    };
  }

  async saturated(durationMs: number): Promise<Figures> {
    const tokens = await this.#guests(IN_FLIGHT);
    const endMs = performance.now() + durationMs;
    const waits: number[] = [];
    const playing = Promise.all(
      tokens.map(async (token) => {
        while (performance.now() < endMs) {
          const postedAtMs = performance.now();
          waits.push((await this.#play(token)).atMs - postedAtMs);
        }
      }),
    );
    // One who posted last has nobody left to play with.
    await Promise.race([playing, new Promise((resolve) => setTimeout(resolve, durationMs + ALONE_MS))]);
    return {
      p50Ms: quantile(waits, 0.5),
      p99Ms: quantile(waits, 0.99),
      ticketsPerSecond: (waits.length * 1_000) / durationMs,
    };
  }

  async #play(token: string): Promise<{ matchId: string; atMs: number }> {
    const body = { queues: ["pair"] };
    const { ticketId } = await this.#client.json<{ ticketId: string }>(
      "POST",
      "/v1/tickets",
      token,
      body,
      randomId("j"),
    );
    return this.#client.assigned(ticketId, token);
  }

  async #guests(count: number): Promise<string[]> {
    const tokens: string[] = [];
    const more = async () => {
      while (tokens.length < count)
        tokens.push((await this.#client.json<{ token: string }>("POST", "/v1/guests", "")).token);
    };
    await Promise.all(Array.from({ length: GUESTS_AT_ONCE }, more));
    return tokens.slice(0, count);
  }
}
