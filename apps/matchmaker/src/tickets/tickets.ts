import { createHash } from "node:crypto";
import type { Game } from "@warren/game";
import { base32, type PlayerId, parseTicketId, type TicketId } from "@warren/kernel";
import type { Attribute, QueueConfig, Refused, Ticket, TicketPlayer } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import { type TicketPlayer as PostedPlayer, TicketsClosed_Cause } from "@warren/protocol/services";
import { idOrNotFound } from "../id-or-not-found.ts";
import type { Domain } from "../log/domain.ts";
import { checkedJoin } from "./checked-join.ts";
import { checkedAttributes, checkedLatencies, checkParty } from "./ticket-attributes.ts";
import type { LobbyReader, RatingReader, Region, RequestedPlayer, TicketRequest } from "./ticket-request.ts";

export const IDEMPOTENCY_KEY_CHARS_MAX = 128;
/** Refusals remembered until who asked has read them. */
const REFUSALS_MAX = 4_096;

type Queues = ReadonlyMap<string, QueueConfig>;

/** What players do with tickets. Stateless: everything is in the log. */
export class Tickets {
  readonly #game: Game;
  readonly #domain: Domain;
  readonly #ratings: RatingReader | undefined;
  readonly #lobbies: LobbyReader | undefined;
  readonly #regions: (() => readonly Region[]) | undefined;
  /** Tickets the fold did not take, and why. */
  readonly #refusals = new Map<TicketId, Refused>();

  constructor(
    game: Game,
    domain: Domain,
    readers: {
      /** @default every player is new */
      readonly ratings?: RatingReader;
      /** @default there are no lobbies */
      readonly lobbies?: LobbyReader;
      /** @default latencies to all regions are kept */
      readonly regions?: () => readonly Region[];
    } = {},
  ) {
    this.#game = game;
    this.#domain = domain;
    this.#ratings = readers.ratings;
    this.#lobbies = readers.lobbies;
    this.#regions = readers.regions;
    domain.onChanges(({ refused }) => {
      if (!refused) return;
      this.#refusals.set(refused.ticketId, refused);
      const [oldest] = this.#refusals.keys();
      if (this.#refusals.size > REFUSALS_MAX && oldest) this.#refusals.delete(oldest);
    });
  }

  /**
   * Posts a ticket, or answers with the one this key made before. Throws QUEUE_UNKNOWN, INVALID_ARGUMENT,
   * ATTRIBUTE_UNTRUSTED, PARTY_TOO_LARGE, TICKET_EXISTS, COOLDOWN, or what the lobby says.
   */
  async post(request: TicketRequest): Promise<{ ticket: Ticket; isNew: boolean }> {
    const id = ticketIdOf(this.#domain.name, request.playerId, request.idempotencyKey);
    const known = this.#domain.fold.tickets.get(id);
    if (known) return { ticket: known, isNew: false };
    const queues = this.#queues(request.queues);
    const requested = await this.#players(request);
    const checked = requested.map((player) => this.#checked(player, queues));
    checkParty(
      queues,
      checked,
      requested.map(({ path }) => path),
    );
    // The fold decides, but what it would refuse anyway need not fill the log.
    for (const player of checked) this.#checkFree(player.id, request.replace);
    const players = await this.#rated(checked, queues);
    const { duplicate } = await this.#domain.append(
      this.#domain.ticketSubject,
      {
        $case: "ticketPosted",
        value: {
          ticketId: id,
          players: players.map(recordOf),
          queues: [...request.queues],
          replace: request.replace,
          lobbyId: "lobbyId" in request.from ? request.from.lobbyId : "",
        },
      },
      { id },
    );
    const ticket = this.#domain.fold.tickets.get(id);
    if (ticket) return { ticket, isNew: !duplicate };
    const refused = this.#refusals.get(id);
    if (refused && !duplicate) throw this.#refusal(refused);
    // The log has taken this key before, and the fold has not: what stands in the way now, if anything does.
    for (const player of checked) this.#checkFree(player.id, false);
    throw new WarrenError(
      "TICKET_EXISTS",
      "This request was refused before; ask again with another idempotency key.",
    );
  }

  /** The player's own ticket; `playerId` undefined: anyone's. Throws TICKET_NOT_FOUND. */
  async get(id: string, playerId: PlayerId | undefined): Promise<Ticket> {
    const ticket = await this.#domain.ticket(idOrNotFound(parseTicketId, id, "TICKET_NOT_FOUND", "ticketId"));
    if (!ticket || (playerId !== undefined && !ticket.players.some((player) => player.id === playerId)))
      throw new WarrenError("TICKET_NOT_FOUND", undefined, { details: { field: "ticketId" } });
    return ticket;
  }

  /** The ticket of the player that has not ended, also when it was only just posted through another replica. */
  async openOf(playerId: PlayerId): Promise<Ticket | undefined> {
    const ticket = this.#domain.fold.openOf.get(playerId);
    if (ticket) return ticket;
    await this.#domain.barrier();
    return this.#domain.fold.openOf.get(playerId);
  }

  /** Ends a ticket that waits, is proposed or placed, for the whole party. Throws TICKET_FINAL when it is matched or expired. */
  async cancel(id: string, playerId: PlayerId | undefined): Promise<Ticket> {
    const ticket = await this.get(id, playerId);
    if (ticket.status !== "assigned" && ticket.status !== "expired" && ticket.status !== "cancelled") {
      await this.#domain.append(
        this.#domain.ticketSubject,
        { $case: "ticketsClosed", value: { ticketIds: [ticket.id], cause: TicketsClosed_Cause.CANCELLED } },
        { id: `${ticket.id}-x` },
      );
    }
    if (ticket.status === "cancelled") return ticket;
    const end = ticket.history.at(-1);
    throw new WarrenError("TICKET_FINAL", `The ticket is ${ticket.status}.`, {
      details: { status: ticket.status, ...(end?.type === "assigned" ? { roomId: end.roomId } : {}) },
    });
  }

  #queues(names: readonly string[]): Queues {
    const queues = new Map<string, QueueConfig>();
    for (const name of names) {
      const queue = this.#domain.queues.get(name);
      if (!queue) throw queueUnknown(name, this.#domain.queues);
      queues.set(name, queue);
    }
    return queues;
  }

  async #players({ from, playerId }: TicketRequest): Promise<readonly RequestedPlayer[]> {
    if (!("lobbyId" in from)) return from;
    if (!this.#lobbies) throw new WarrenError("LOBBY_NOT_FOUND");
    const members = await this.#lobbies.partyOf(from.lobbyId, playerId);
    // What was said in the lobby was checked there; what these queues do not ask for stays behind.
    return members.map(({ id, attributes, latencies, joinJson }, i) => ({
      playerId: id,
      claims: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
      isTrusted: true,
      latencies: Object.fromEntries(latencies.map(({ region, ms }) => [region, ms])),
      join: joinJson === "" ? undefined : JSON.parse(joinJson),
      path: `lobby.players.${i}.`,
    }));
  }

  #checked(player: RequestedPlayer, queues: Queues): TicketPlayer {
    const regions = this.#regions?.().map(({ region }) => region) ?? [];
    return {
      id: player.playerId,
      joinJson: this.#joinJson(player, queues),
      attributes: checkedAttributes(queues, player),
      latencies: checkedLatencies(
        player.latencies ?? {},
        // Before the first room-server is there, none is known to be wrong.
        regions.length > 0 ? new Set(regions) : undefined,
      ),
    };
  }

  /** `join` has to be right for the room of every queue, or the player could not be seated later. */
  #joinJson({ join, path }: RequestedPlayer, queues: Queues): string {
    const rooms = new Set([...queues.values()].map(({ room }) => room));
    let checked: unknown;
    for (const room of rooms) {
      const type = this.#game.rooms[room]?.join;
      checked = type && checkedJoin(type, join, `${path}join`);
    }
    const kept = rooms.size > 1 ? join : checked;
    return kept === undefined ? "" : JSON.stringify(kept);
  }

  #checkFree(playerId: PlayerId, replace: boolean): void {
    const { openOf, cooldowns } = this.#domain.fold;
    const open = openOf.get(playerId);
    if (open && !replace) throw ticketExists(playerId, open);
    const untilMs = cooldowns.get(playerId) ?? 0;
    if (untilMs > this.#domain.nowMs) throw this.#cooldown(playerId, untilMs);
  }

  #refusal({ code, playerId, untilMs }: Refused): WarrenError {
    if (code === "COOLDOWN") return this.#cooldown(playerId, untilMs);
    if (code === "TICKET_EXISTS") return ticketExists(playerId, this.#domain.fold.openOf.get(playerId));
    return new WarrenError(code, undefined, { details: { field: "lobby", playerId } });
  }

  #cooldown(playerId: PlayerId, untilMs: number): WarrenError {
    const retryAfterMs = Math.max(1, Math.ceil(untilMs - this.#domain.nowMs));
    return new WarrenError(
      "COOLDOWN",
      `Player ${playerId} declined or missed a match and may queue in ${retryAfterMs} ms.`,
      { details: { field: "playerId", playerId, retryAfterMs } },
    );
  }

  /** With the ratings the queues match by: those of this moment, so that the fold needs no bucket. */
  async #rated(players: readonly TicketPlayer[], queues: Queues): Promise<TicketPlayer[]> {
    const ratings = new Map(
      [...queues.values()].flatMap(({ rating }) => (rating ? [[rating.name, rating]] : [])),
    );
    const added = players.map((): Attribute[] => []);
    for (const { name, mu, sigma } of ratings.values()) {
      const known = await this.#ratings?.read(
        name,
        players.map(({ id }) => id),
      );
      for (const [i, { id }] of players.entries()) {
        const rating = known?.get(id) ?? { mu, sigma };
        added[i]!.push({ name, value: rating.mu, sigma: rating.sigma });
      }
    }
    return players.map((player, i) => ({
      ...player,
      attributes: [...player.attributes.filter(({ name }) => !ratings.has(name)), ...added[i]!],
    }));
  }
}

export function queueUnknown(name: string, queues: Queues): WarrenError {
  const accepted = [...queues.keys()].join(", ");
  return new WarrenError(
    "QUEUE_UNKNOWN",
    `queue is ${JSON.stringify(name)}; accepted: ${accepted || "none, this game has no queues"}`,
    { details: { field: "queues" } },
  );
}

function ticketExists(playerId: PlayerId, other: Ticket | undefined): WarrenError {
  return new WarrenError("TICKET_EXISTS", undefined, {
    details: { field: "playerId", playerId, ...(other ? { ticketId: other.id, queues: other.queues } : {}) },
  });
}

/** A player as a record has it. */
export function recordOf({ id, joinJson, attributes, latencies }: TicketPlayer): PostedPlayer {
  return {
    playerId: id,
    joinJson,
    attributes: attributes.map(({ name, value, sigma }) => ({ name, value: recordValueOf(value), sigma })),
    latencies: [...latencies],
  };
}

function recordValueOf(value: Attribute["value"]): PostedPlayer["attributes"][number]["value"] {
  if (typeof value === "number") return { $case: "number", value };
  if (typeof value === "string") return { $case: "text", value };
  return { $case: "set", value: { values: [...value] } };
}

/** One player and one key make one ticket, on whichever replica. */
export function ticketIdOf(domain: string, player: PlayerId, idempotencyKey: string): TicketId {
  return parseTicketId(`t_${domain}_${hashId(player, idempotencyKey, 26)}`);
}

/** So many base32 characters of a hash of player and key. */
export function hashId(player: PlayerId, idempotencyKey: string, chars: number): string {
  return base32(createHash("sha256").update(`${player}\n${idempotencyKey}`).digest()).slice(0, chars);
}
