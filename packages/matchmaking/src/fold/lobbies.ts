import type { LobbyId, PlayerId, TicketId } from "@warren/kernel";
import type { LobbyChanged } from "@warren/protocol/services";
import { Table } from "./table.ts";
import type { Ticket, TicketPlayer } from "./ticket.ts";
import { ticketPlayerOf } from "./ticket-player.ts";

/** Members of a lobby at the most, whatever its own size. */
export const LOBBY_SIZE_MAX = 64;
/** Lobbies of a domain at the most. */
export const LOBBIES_MAX = 50_000;
/**
 * A member nobody has heard of for this long, in fold time, is gone; so is a lobby without members. Heard of is who
 * changed something, who has a ticket that waits, and who a sign of life was written for: a record without a change.
 */
export const MEMBER_SILENT_MS = 600_000;

export interface LobbyMember {
  player: TicketPlayer;
  ready: boolean;
  /** When something was heard of the player last, in fold time. */
  heardAtMs: number;
}

/**
 * Where players gather before they queue as one.
 *
 *   (nothing) ──opened──▶ open ──closed, last member left──▶ (nothing)
 */
export interface Lobby {
  readonly id: LobbyId;
  /** What others come in with. */
  readonly joinCode: string;
  readonly size: number;
  leaderId: PlayerId;
  queues: readonly string[];
  /** In the order they came. Never empty while the lobby is there. */
  readonly members: Map<PlayerId, LobbyMember>;
  /** The ticket it queues with, or was matched with last; empty: none. */
  ticketId: TicketId | "";
  /** Place of the last record that changed it. */
  seq: number;
  /** It is no more. */
  closed: boolean;
}

/** Why a record changed nothing. */
export interface LobbyRefused {
  readonly seq: number;
  readonly code: "LOBBY_NOT_FOUND" | "LOBBY_FULL" | "FORBIDDEN" | "JOIN_CODE_TAKEN" | "RATE_LIMITED";
  /** What of the request it is about. */
  readonly field: string;
}

/** What one record did to lobbies. */
export interface LobbyChanges {
  readonly lobbies: Set<Lobby>;
  refused: LobbyRefused | undefined;
  /** Members who do not want to be matched with the lobby any more: their ticket of it ends unless it is being placed. */
  readonly withdrawn: { readonly playerId: PlayerId; readonly lobbyId: LobbyId }[];
}

/** A lobby as a plain value. */
export type LobbyRow = Omit<Lobby, "members"> & { readonly members: readonly LobbyMember[] };

export function lobbyRow({ members, ...lobby }: Lobby): LobbyRow {
  return { ...lobby, members: [...members.values()] };
}

type Change = NonNullable<LobbyChanged["change"]>;

/** All lobbies of a domain: a pure function of the records, like the fold it is part of. */
export class Lobbies {
  readonly byId = new Table<LobbyId, Lobby>();
  readonly byCode = new Map<string, Lobby>();
  /** The one lobby each player is in. */
  readonly of = new Map<PlayerId, Lobby>();
  /** All members; of whom nothing was heard for the longest comes first. */
  readonly heard = new Map<PlayerId, LobbyMember>();
  readonly #max: number;

  constructor(max = LOBBIES_MAX) {
    this.#max = max;
  }

  /** Applies what happened in a lobby at `seq`. What is refused leaves no trace but its reason. */
  apply(seq: number, timeMs: number, { lobbyId, playerId, change }: LobbyChanged): LobbyChanges {
    const changes = noChanges();
    const id = lobbyId as LobbyId;
    const by = playerId as PlayerId;
    const refused = this.refusalOf(id, by, change);
    if (refused) changes.refused = { seq, ...refused };
    else {
      this.#change(seq, id, by, change, changes);
      this.#hear(by, timeMs);
      for (const lobby of changes.lobbies) lobby.seq = seq;
    }
    return changes;
  }

  /** Why a change would be refused now; undefined: it would not. */
  refusalOf(id: LobbyId, by: PlayerId, change: Change | undefined): Omit<LobbyRefused, "seq"> | undefined {
    if (change?.$case === "opened") return this.#refusalOfOpening(id, change.value);
    const lobby = this.byId.get(id);
    if (!lobby) return { code: "LOBBY_NOT_FOUND", field: "lobbyId" };
    if (change?.$case === "joined") {
      const isFull = !lobby.members.has(by) && lobby.members.size >= lobby.size;
      return isFull ? { code: "LOBBY_FULL", field: "joinCode" } : undefined;
    }
    if (!lobby.members.has(by)) return { code: "LOBBY_NOT_FOUND", field: "lobbyId" };
    if (change === undefined || change.$case === "ready") return undefined;
    const whom =
      change.$case === "left" ? change.value.playerId : change.$case === "leader" ? change.value : by;
    if (by !== lobby.leaderId && !(change.$case === "left" && whom === by))
      return { code: "FORBIDDEN", field: "playerId" };
    if (!lobby.members.has(whom as PlayerId)) return { code: "LOBBY_NOT_FOUND", field: "playerId" };
    return undefined;
  }

  #refusalOfOpening(id: LobbyId, { joinCode }: { joinCode: string }): Omit<LobbyRefused, "seq"> | undefined {
    // The same request through another replica: it is there.
    if (this.byId.has(id)) return undefined;
    if (this.byCode.has(joinCode)) return { code: "JOIN_CODE_TAKEN", field: "joinCode" };
    if (this.byId.size >= this.#max) return { code: "RATE_LIMITED", field: "lobbyId" };
    return undefined;
  }

  #change(
    seq: number,
    id: LobbyId,
    by: PlayerId,
    change: Change | undefined,
    { lobbies, withdrawn }: LobbyChanges,
  ): void {
    const lobby = this.#changing(id);
    switch (change?.$case) {
      case "opened": {
        const { joinCode, size, player } = change.value;
        if (lobby || !player) return;
        this.#leave(by, lobbies, withdrawn);
        const opened: Lobby = {
          id,
          joinCode,
          size: Math.min(Math.max(size, 1), LOBBY_SIZE_MAX),
          leaderId: by,
          queues: [],
          members: new Map([[by, { player: ticketPlayerOf(player), ready: false, heardAtMs: 0 }]]),
          ticketId: "",
          seq,
          closed: false,
        };
        this.#put(opened);
        lobbies.add(opened);
        return;
      }
      case "joined": {
        const player = ticketPlayerOf(change.value);
        const member = lobby!.members.get(by);
        if (member) member.player = player;
        else {
          this.#leave(by, lobbies, withdrawn);
          lobby!.members.set(by, { player, ready: false, heardAtMs: 0 });
          this.of.set(by, lobby!);
        }
        break;
      }
      case "left":
        return this.#leave(change.value.playerId as PlayerId, lobbies, withdrawn);
      case "ready": {
        const member = lobby!.members.get(by)!;
        if (member.ready === change.value) return;
        if (change.value) member.ready = true;
        else this.#rest(lobby!, by, withdrawn);
        break;
      }
      case "leader":
        lobby!.leaderId = change.value as PlayerId;
        break;
      case "queues":
        lobby!.queues = change.value.queues;
        // Who was ready was so for something else.
        for (const playerId of lobby!.members.keys())
          if (playerId !== by) this.#rest(lobby!, playerId, withdrawn);
        break;
      case "closed":
        for (const member of [...lobby!.members.keys()]) this.#leave(member, lobbies, withdrawn);
        return;
      default:
        return;
    }
    lobbies.add(lobby!);
  }

  #rest(lobby: Lobby, playerId: PlayerId, withdrawn: LobbyChanges["withdrawn"]): void {
    lobby.members.get(playerId)!.ready = false;
    withdrawn.push({ playerId, lobbyId: lobby.id });
  }

  /** Takes a player out of the lobby it is in. The one who came first among the rest leads; without a rest it ends. */
  #leave(playerId: PlayerId, lobbies: Set<Lobby>, withdrawn: LobbyChanges["withdrawn"]): void {
    const lobby = this.of.get(playerId);
    if (!lobby) return;
    this.byId.touch(lobby.id);
    lobby.members.delete(playerId);
    this.of.delete(playerId);
    this.heard.delete(playerId);
    lobbies.add(lobby);
    withdrawn.push({ playerId, lobbyId: lobby.id });
    const [first] = lobby.members.keys();
    if (first === undefined) {
      lobby.closed = true;
      this.byId.delete(lobby.id);
      this.byCode.delete(lobby.joinCode);
    } else if (lobby.leaderId === playerId) lobby.leaderId = first;
  }

  #put(lobby: Lobby): void {
    this.byId.set(lobby.id, lobby);
    this.byCode.set(lobby.joinCode, lobby);
    for (const id of lobby.members.keys()) this.of.set(id, lobby);
  }

  /** The lobby, about to be changed in place. */
  #changing(id: LobbyId | ""): Lobby | undefined {
    if (id === "") return undefined;
    this.byId.touch(id);
    return this.byId.get(id);
  }

  #hear(playerId: PlayerId, timeMs: number): void {
    const lobby = this.of.get(playerId);
    const member = lobby?.members.get(playerId);
    if (!lobby || !member) return;
    this.byId.touch(lobby.id);
    member.heardAtMs = timeMs;
    this.heard.delete(playerId);
    this.heard.set(playerId, member);
  }

  /** Takes out who has been silent too long; `isWaiting`: the player has a ticket that is not at its end. */
  forgetSilent(
    seq: number,
    timeMs: number,
    isWaiting: (player: PlayerId) => boolean,
  ): LobbyChanges | undefined {
    let changes: LobbyChanges | undefined;
    for (const [playerId, { heardAtMs }] of this.heard) {
      if (timeMs - heardAtMs <= MEMBER_SILENT_MS) break;
      if (isWaiting(playerId)) this.#hear(playerId, timeMs);
      else {
        changes ??= noChanges();
        this.#leave(playerId, changes.lobbies, changes.withdrawn);
      }
    }
    for (const lobby of changes?.lobbies ?? []) lobby.seq = seq;
    return changes;
  }

  /** Whether these players may queue as the lobby: they are its members, the first leads, and all are ready. */
  mayQueue(id: LobbyId, players: readonly PlayerId[]): boolean {
    const lobby = this.byId.get(id);
    if (!lobby || lobby.leaderId !== players[0]) return false;
    const all = new Set(players);
    return (
      all.size === players.length &&
      all.size === lobby.members.size &&
      [...lobby.members].every(([player, { ready }]) => ready && all.has(player))
    );
  }

  /** Whether all players of a ticket still want it: a room that was asked may have refused it meanwhile. */
  stillWant({ lobbyId, players }: Ticket): boolean {
    const lobby = this.byId.get(lobbyId as LobbyId);
    return players.every(({ id }) => lobby?.members.get(id)?.ready === true);
  }

  /** The lobby's ticket was taken. */
  queued(seq: number, { id, lobbyId }: Ticket): Lobby | undefined {
    const lobby = this.#changing(lobbyId as LobbyId);
    if (!lobby) return undefined;
    // All were; a ticket that this one replaced may have ended meanwhile.
    for (const member of lobby.members.values()) member.ready = true;
    Object.assign(lobby, { ticketId: id, seq });
    return lobby;
  }

  /** The lobby's ticket is assigned or ended: for the next one all have to be ready again. */
  ended(seq: number, { id, lobbyId, status }: Ticket): Lobby | undefined {
    const lobby = this.#changing(lobbyId as LobbyId);
    if (lobby?.ticketId !== id) return undefined;
    if (status !== "assigned") lobby.ticketId = "";
    for (const member of lobby.members.values()) member.ready = false;
    lobby.seq = seq;
    return lobby;
  }

  /** Puts a lobby back; after the last {@link sortHeard}. */
  restore({ members, ...lobby }: LobbyRow): void {
    this.#put({ ...lobby, members: new Map(members.map((member) => [member.player.id, member])) });
  }

  sortHeard(): void {
    const members = [...this.byId.values()].flatMap((lobby) => [...lobby.members]);
    this.heard.clear();
    for (const [id, member] of members.sort(([, a], [, b]) => a.heardAtMs - b.heardAtMs))
      this.heard.set(id, member);
  }
}

function noChanges(): LobbyChanges {
  return { lobbies: new Set(), refused: undefined, withdrawn: [] };
}
