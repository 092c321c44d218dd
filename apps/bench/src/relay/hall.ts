import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { randomId } from "@warren/kernel";
import { type Member, Testbed } from "@warren/testbed";
import { FarClient } from "../matchmaker/far-client.ts";
import { endForProfile, profileOptions } from "../process-profile.ts";
import { SeatClient } from "./seat-client.ts";

/** Compiled, also when this file is not. */
const GAME = fileURLToPath(new URL("../../dist/relay/hall-game.js", import.meta.url));
const AT_ONCE = 32;
/** As many as a matchmaker mints for one address in a minute, less a few. */
const TOKENS_PER_ADDRESS = 25;
const SECRET = "a-secret-on-loopback";
const SERVER_KEY = `wk_bench_${SECRET}`;
const SERVER_KEYS = `bench:${createHash("sha256").update(SECRET).digest("hex")}:tickets`;

interface Seat {
  readonly roomId: string;
  readonly url: string;
  readonly seatToken: string;
}

/** A room on one of two room-servers, both of which relay, with all its seats taken. */
export class Hall {
  readonly roomId: string;
  /** The room-server that runs the room, and the one that does not. */
  readonly owner: Member;
  readonly other: Member;
  readonly matchmakerUrl: string;
  readonly #testbed: Testbed;
  readonly #rest: FarClient;
  readonly #tokens: readonly string[];
  #addresses = 0;

  private constructor(testbed: Testbed, rest: FarClient, tokens: readonly string[], seat: Seat) {
    this.#testbed = testbed;
    this.#rest = rest;
    this.#tokens = tokens;
    this.roomId = seat.roomId;
    this.matchmakerUrl = testbed.matchmakers[0]!.url;
    const isOwner = ({ url }: Member) => new URL(url).port === portOf(seat.url);
    this.owner = testbed.rooms.find(isOwner)!;
    this.other = testbed.rooms.find((member) => !isOwner(member))!;
  }

  static async open(queue: "full" | "small", players: number): Promise<Hall> {
    const testbed = await Testbed.start({
      matchmakers: 1,
      rooms: 2,
      game: GAME,
      env: {
        WARREN_RELAY: "true",
        WARREN_SERVER_KEYS: SERVER_KEYS,
        NODE_OPTIONS: profileOptions().join(" "),
      },
    });
    try {
      const rest = new FarClient(testbed.matchmakers[0]!.url, players);
      const tokens: string[] = [];
      const guest = async () => {
        while (tokens.length < players)
          tokens.push((await rest.json<{ token: string }>("POST", "/v1/guests", "")).token);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, guest));
      tokens.length = players;
      const seats = await Promise.all(
        tokens.map(async (token) => {
          const body = { queues: [queue] };
          const ticket = await rest.json<{ ticketId: string }>(
            "POST",
            "/v1/tickets",
            token,
            body,
            randomId("j"),
          );
          return rest.assigned(ticket.ticketId, token);
        }),
      );
      const roomId = seats[0]!.roomId;
      const seat = await rest.json<Seat>("POST", `/v1/players/me/seats/${roomId}`, tokens[0]!);
      return new Hall(testbed, rest, tokens, seat);
    } catch (error) {
      await testbed.close();
      throw error;
    }
  }

  /** A socket for every player, at one of the room-servers. */
  async sit(at: Member): Promise<SeatClient[]> {
    const clients: SeatClient[] = [];
    const waiting = [...this.#tokens];
    const one = async () => {
      for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
        const seat = await this.#rest.json<Seat>("POST", `/v1/players/me/seats/${this.roomId}`, token);
        clients.push(await SeatClient.open(at.url, seat.seatToken));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return clients;
  }

  /** So many spectators at one of the room-servers. */
  async watch(at: Member, count: number): Promise<SeatClient[]> {
    const clients: SeatClient[] = [];
    while (clients.length < count) {
      // Tokens are limited by address.
      const rest = new FarClient(
        this.matchmakerUrl,
        0,
        `127.0.${2 + Math.floor(this.#addresses / 250)}.${1 + (this.#addresses++ % 250)}`,
      );
      try {
        const some = Math.min(TOKENS_PER_ADDRESS, count - clients.length);
        const opened = Array.from({ length: some }, async (_, i) => {
          const body = { roomId: this.roomId, playerId: `spectator-${clients.length + i}` };
          const seat = await rest.json<Seat>("POST", "/v1/rooms/watch", SERVER_KEY, body);
          return SeatClient.open(at.url, seat.seatToken);
        });
        clients.push(...(await Promise.all(opened)));
      } finally {
        rest.close();
      }
    }
    return clients;
  }

  /** What the room's node counted so far: ticks, and states it sent to the other node. */
  async counts(): Promise<{ ticks: number; relayedStates: number }> {
    const [ticks, relayedStates] = await Promise.all([
      this.owner.metric("warren_room_tick_seconds_count"),
      this.owner.metric("warren_room_relay_states_total"),
    ]);
    if (ticks === undefined || relayedStates === undefined)
      throw new Error("the room's node counts no ticks or no states");
    return { ticks, relayedStates };
  }

  async close(): Promise<void> {
    this.#rest.close();
    await Promise.all([...this.#testbed.rooms, ...this.#testbed.matchmakers].map(endForProfile));
    await this.#testbed.close();
  }
}

const portOf = (url: string) => (url.startsWith(":") ? url.slice(1) : new URL(url).port);
