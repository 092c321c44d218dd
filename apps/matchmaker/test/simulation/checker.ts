import type { LogRecord } from "@warren/cluster";
import type { Changes, Fold } from "@warren/matchmaking";
import { LogEntry, type Match, TicketsClosed_Cause } from "@warren/protocol/services";
import { Problem } from "./scheduler.ts";

type Status = "open" | "proposed" | "placing" | "assigned" | "cancelled" | "expired";

interface CheckedTicket {
  readonly players: readonly string[];
  status: Status;
  matchId: string;
}

interface CheckedMatch {
  readonly match: Match;
  status: "proposed" | "placing" | "assigned" | "dissolved";
  readonly accepted: Set<string>;
}

const FINAL: ReadonlySet<Status> = new Set(["assigned", "cancelled", "expired"]);
/** States are compared at every so many records: it costs more than all the rest. */
const COMPARED_EVERY = 16;

/**
 * Reads the log itself and knows by it what may be true; every fold is held against that after every record. Which
 * posts are taken, cooldowns and lobbies say: there it believes the first fold, as long as no player waits twice.
 */
export class Checker {
  readonly tickets = new Map<string, CheckedTicket>();
  readonly matches = new Map<string, CheckedMatch>();
  readonly seen = new Set<string>();
  readonly #history: readonly LogRecord[];
  readonly #taken: ReadonlySet<string>;
  readonly #snapshotSubject: string;
  readonly #liveOf = new Map<string, string>();
  readonly #deciders = new Map<number, string>();
  readonly #texts = new Map<number, string>();
  #seq = 0;
  #epoch = 0;

  constructor(options: {
    history: readonly LogRecord[];
    /** Seats that a room ever gave. */
    taken: ReadonlySet<string>;
    snapshotSubject: string;
  }) {
    this.#history = options.history;
    this.#taken = options.taken;
    this.#snapshotSubject = options.snapshotSubject;
  }

  /** A replica has folded a record. */
  folded(fold: Fold, changes: Changes): void {
    // Nobody can have folded what nobody has folded before, unless it is the next.
    while (this.#seq < fold.seq) this.#read(this.#history[this.#seq++] as LogRecord, fold, changes);
    if (fold.seq === this.#seq)
      for (const { id, status } of changes.tickets) {
        const known = this.tickets.get(id)?.status;
        if (known !== status) throw new Problem(`${id} is ${status} in a fold and ${known} by the log`);
      }
    if (fold.seq % COMPARED_EVERY === 0) this.compare(fold);
  }

  /** Equal sequence, equal state. */
  compare(fold: Fold): void {
    const text = textOf(fold);
    const known = this.#texts.get(fold.seq) ?? text;
    this.#texts.set(fold.seq, known);
    if (known !== text) throw new Problem(`folds differ at ${fold.seq}: ${difference(known, text)}`);
  }

  /** Everything has ended, in each fold as by the log. */
  ended(fold: Fold): void {
    this.compare(fold);
    for (const [id, { status }] of this.tickets) {
      if (!FINAL.has(status)) throw new Problem(`${id} never ends: it is ${status}`);
      const folded = fold.tickets.get(id as never)?.status;
      if (folded !== undefined && folded !== status)
        throw new Problem(`${id} is ${folded} in a fold and ${status} by the log`);
    }
    for (const [id, { status }] of this.matches)
      if (status === "proposed" || status === "placing")
        throw new Problem(`match ${id} never ends: ${status}`);
    for (const { id } of fold.tickets.values())
      if (!this.tickets.has(id)) throw new Problem(`${id} is in a fold and was never taken`);
    if (fold.open.size > 0 || fold.placing.size > 0 || fold.proposed.size > 0)
      throw new Problem("a fold still has something open");
  }

  isAllFinal(): boolean {
    for (const { status } of this.tickets.values()) if (!FINAL.has(status)) return false;
    for (const { status } of this.matches.values())
      if (status === "proposed" || status === "placing") return false;
    return true;
  }

  #read({ subject, bytes }: LogRecord, fold: Fold, changes: Changes): void {
    if (subject === this.#snapshotSubject) return;
    const { body } = LogEntry.decode(bytes);
    if (!body) throw new Problem("a record without a body");
    this.seen.add(body.$case);
    switch (body.$case) {
      case "ticketPosted":
        return this.#post(body.value.ticketId, body.value.players, fold, changes);
      case "ticketsClosed":
        for (const id of body.value.ticketIds) this.#close(id, body.value.cause);
        return;
      case "epochStarted": {
        const { epoch, replicaId } = body.value;
        const other = this.#deciders.get(epoch) ?? replicaId;
        if (other !== replicaId) throw new Problem(`epoch ${epoch} has two deciders: ${other}, ${replicaId}`);
        this.#deciders.set(epoch, replicaId);
        this.#epoch = Math.max(this.#epoch, epoch);
        return;
      }
      case "matchesDecided":
        for (const match of body.value.matches) this.#decide(match, body.value.epoch);
        return;
      case "matchesPlaced":
        for (const { matchId, ok } of body.value.placements) this.#place(matchId, ok);
        return;
      case "voted":
        return this.#vote(body.value.matchId, body.value.playerId, body.value.accepts);
      case "matchesDissolved":
        for (const id of body.value.matchIds) {
          const match = this.matches.get(id);
          if (match?.status === "proposed")
            this.#dissolve(match, (players) => !players.every((player) => match.accepted.has(player)));
        }
        return;
      default:
        return;
    }
  }

  #post(
    id: string,
    players: readonly { readonly playerId: string }[],
    fold: Fold,
    { refused, tickets }: Changes,
  ): void {
    if (this.tickets.has(id)) return;
    const isTaken = tickets.some((ticket) => ticket.id === id);
    if (!isTaken) {
      if (refused?.ticketId !== id) throw new Problem(`${id} is lost: neither taken nor refused`);
      return void this.seen.add(`refused ${refused.code}`);
    }
    // Who replaces a ticket ends it first.
    for (const { playerId } of players) {
      const other = this.#liveOf.get(playerId);
      if (other === undefined) continue;
      if (fold.tickets.get(other as never)?.status !== "cancelled")
        throw new Problem(`${playerId} waits in ${other} and in ${id}`);
      this.#withdraw(other);
      this.seen.add("replaced");
    }
    this.tickets.set(id, { players: players.map(({ playerId }) => playerId), status: "open", matchId: "" });
    for (const { playerId } of players) this.#liveOf.set(playerId, id);
  }

  #close(id: string, cause: TicketsClosed_Cause): void {
    const ticket = this.tickets.get(id);
    if (!ticket) return;
    if (cause === TicketsClosed_Cause.CANCELLED) return this.#withdraw(id);
    if (ticket.status === "open") this.#end(ticket, "expired");
    if (cause === TicketsClosed_Cause.ORPHANED) this.seen.add("orphaned");
  }

  /** Who withdraws from a proposed match ends it for all. */
  #withdraw(id: string): void {
    const ticket = this.tickets.get(id);
    if (!ticket || FINAL.has(ticket.status)) return;
    const match = ticket.status === "proposed" ? this.matches.get(ticket.matchId) : undefined;
    this.#end(ticket, "cancelled");
    if (match) this.#dissolve(match, () => false);
  }

  #decide(match: Match, epoch: number): void {
    if (epoch !== this.#epoch) return;
    const tickets = match.tickets.map(({ ticketId }) => this.tickets.get(ticketId));
    const isValid =
      tickets.length > 0 &&
      new Set(tickets).size === tickets.length &&
      tickets.every((ticket) => ticket?.status === "open");
    if (!isValid) return void this.seen.add("void match");
    if (this.matches.has(match.matchId)) throw new Problem(`match ${match.matchId} was decided twice`);
    const status = match.acceptMs > 0 ? "proposed" : "placing";
    this.matches.set(match.matchId, { match, status, accepted: new Set() });
    for (const ticket of tickets as CheckedTicket[]) {
      ticket.status = status;
      ticket.matchId = match.matchId;
    }
    if (match.backfillGeneration > 0) this.seen.add("backfill");
  }

  #vote(matchId: string, playerId: string, accepts: boolean): void {
    const found = this.matches.get(matchId);
    if (found?.status !== "proposed") return;
    const tickets = this.#ticketsOf(found);
    const voter = tickets.find(({ players }) => players.includes(playerId));
    if (!voter) return;
    if (!accepts) return this.#dissolve(found, (players) => players.includes(playerId));
    found.accepted.add(playerId);
    if (!tickets.every(({ players }) => players.every((player) => found.accepted.has(player)))) return;
    found.status = "placing";
    for (const ticket of tickets) ticket.status = "placing";
    this.seen.add("accepted");
  }

  #dissolve(found: CheckedMatch, isGuilty: (players: readonly string[]) => boolean): void {
    found.status = "dissolved";
    for (const ticket of this.#ticketsOf(found)) {
      if (ticket.status !== "proposed") continue;
      if (isGuilty(ticket.players)) this.#end(ticket, "cancelled");
      else ticket.status = "open";
    }
    this.seen.add("dissolved");
  }

  #place(matchId: string, ok: boolean): void {
    const found = this.matches.get(matchId);
    if (found?.status !== "placing") return;
    found.status = ok ? "assigned" : "dissolved";
    for (const ticket of this.#ticketsOf(found)) {
      if (ticket.status !== "placing" || ticket.matchId !== matchId) continue;
      if (!ok) {
        ticket.status = "open";
        this.seen.add("returned");
        continue;
      }
      for (const player of ticket.players)
        if (!this.#taken.has(`${found.match.roomId} ${player}`))
          throw new Problem(`${player} is assigned to ${found.match.roomId}, which never gave the seat`);
      this.#end(ticket, "assigned");
    }
  }

  #ticketsOf({ match }: CheckedMatch): CheckedTicket[] {
    return match.tickets.map(({ ticketId }) => this.tickets.get(ticketId) as CheckedTicket);
  }

  #end(ticket: CheckedTicket, status: "assigned" | "cancelled" | "expired"): void {
    ticket.status = status;
    this.seen.add(status);
    for (const player of ticket.players) this.#liveOf.delete(player);
  }
}

/** All there is to a fold in one text: equal folds have equal texts, in whatever order their maps are. */
function textOf(value: unknown): string {
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, part]) => `${textOf(key)}:${textOf(part)}`)
      .sort()
      .join()}}`;
  if (value instanceof Set)
    return `(${[...value]
      .map((part) => nameOf(part))
      .sort()
      .join()})`;
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "";
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}:${part instanceof Map && key === "openOf" ? namesOf(part) : textOf(part)}`)
    .sort()
    .join()}}`;
}

/** Tickets are in `tickets`; elsewhere their names do. */
function nameOf(value: unknown): string {
  return value !== null && typeof value === "object" && "id" in value ? String(value.id) : textOf(value);
}

function namesOf(map: ReadonlyMap<unknown, unknown>): string {
  return [...map]
    .map(([key, part]) => `${key}:${nameOf(part)}`)
    .sort()
    .join();
}

function difference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at]) at++;
  return `…${a.slice(Math.max(0, at - 60), at + 120)}… and …${b.slice(Math.max(0, at - 60), at + 120)}…`;
}
