import { createHash } from "node:crypto";
import type { Game } from "@warren/game";
import { base32, InputError, type PlayerId, parseTicketId, type TicketId } from "@warren/kernel";
import type { Ticket } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import { TicketsClosed_Cause } from "@warren/protocol/services";
import type { Domain } from "./domain.ts";

export const IDEMPOTENCY_KEY_CHARS_MAX = 128;

export interface TicketRequest {
  readonly playerId: PlayerId;
  readonly idempotencyKey: string;
  readonly queues: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
  readonly join: unknown;
}

/** What players do with tickets. Stateless: everything is in the log. */
export class Tickets {
  readonly #game: Game;
  readonly #domain: Domain;

  constructor(game: Game, domain: Domain) {
    this.#game = game;
    this.#domain = domain;
  }

  /** Posts a ticket, or answers with the one this key made before. Throws QUEUE_UNKNOWN, TICKET_EXISTS or INVALID_ARGUMENT. */
  async post(request: TicketRequest): Promise<{ ticket: Ticket; isNew: boolean }> {
    const join = this.#checkedJoin(request);
    const id = ticketIdOf(this.#domain.name, request.playerId, request.idempotencyKey);
    const known = this.#domain.fold.tickets.get(id);
    if (known) return { ticket: known, isNew: false };
    // The fold decides, but what it would refuse anyway need not fill the log.
    const open = this.#domain.fold.openOf.get(request.playerId);
    if (open) throw ticketExists(open);
    const { duplicate } = await this.#domain.append(
      this.#domain.ticketSubject,
      {
        $case: "ticketPosted",
        value: {
          ticketId: id,
          players: [
            {
              playerId: request.playerId,
              joinJson: JSON.stringify(join),
              attributes: Object.entries(request.attributes).map(([name, value]) => ({
                name,
                value: { $case: "number" as const, value },
                sigma: 0,
              })),
              latencies: [],
            },
          ],
          queues: [...request.queues],
          replace: false,
          lobbyId: "",
        },
      },
      { id },
    );
    const ticket = this.#domain.fold.tickets.get(id);
    if (ticket) return { ticket, isNew: !duplicate };
    throw ticketExists(this.#domain.fold.openOf.get(request.playerId));
  }

  /** The player's own ticket; `playerId` undefined: anyone's. Throws TICKET_NOT_FOUND. */
  async get(id: string, playerId: PlayerId | undefined): Promise<Ticket> {
    const ticket = await this.#domain.ticket(parseOr404(id));
    if (!ticket || (playerId !== undefined && ticket.players[0]?.id !== playerId))
      throw new WarrenError("TICKET_NOT_FOUND");
    return ticket;
  }

  /** Ends an open ticket. Throws TICKET_FINAL when it is matched or ended. */
  async cancel(id: string, playerId: PlayerId | undefined): Promise<Ticket> {
    const ticket = await this.get(id, playerId);
    if (ticket.status === "open" || ticket.status === "placing") {
      await this.#domain.append(
        this.#domain.ticketSubject,
        { $case: "ticketsClosed", value: { ticketIds: [ticket.id], cause: TicketsClosed_Cause.CANCELLED } },
        { id: `${ticket.id}-x` },
      );
    }
    if (ticket.status !== "cancelled")
      throw new WarrenError("TICKET_FINAL", `The ticket is ${ticket.status}.`, {
        details: { status: ticket.status },
      });
    return ticket;
  }

  /** `join` has to be right for the room of every queue, or the player could not be seated later. */
  #checkedJoin(request: TicketRequest): unknown {
    let checked: unknown = {};
    for (const name of request.queues) {
      const queue = Object.hasOwn(this.#game.queues, name) ? this.#game.queues[name] : undefined;
      if (!queue) {
        const accepted = Object.keys(this.#game.queues).join(", ");
        throw new WarrenError(
          "QUEUE_UNKNOWN",
          `queue is ${JSON.stringify(name)}; accepted: ${accepted || "none, this game has no queues"}`,
        );
      }
      const room = this.#game.rooms[queue.room];
      checked = room?.join.check(request.join ?? {}, "join") ?? {};
    }
    return checked;
  }
}

function ticketExists(other: Ticket | undefined): WarrenError {
  return new WarrenError(
    "TICKET_EXISTS",
    undefined,
    other ? { details: { ticketId: other.id, queues: other.queues } } : {},
  );
}

function parseOr404(id: string): TicketId {
  try {
    return parseTicketId(id);
  } catch (error) {
    if (error instanceof InputError) throw new WarrenError("TICKET_NOT_FOUND");
    throw error;
  }
}

/** One player and one key make one ticket, on whichever replica. */
export function ticketIdOf(domain: string, player: PlayerId, idempotencyKey: string): TicketId {
  return parseTicketId(`t_${domain}_${hashId(player, idempotencyKey, 26)}`);
}

/** So many base32 characters of a hash of player and key. */
export function hashId(player: PlayerId, idempotencyKey: string, chars: number): string {
  return base32(createHash("sha256").update(`${player}\n${idempotencyKey}`).digest()).slice(0, chars);
}
