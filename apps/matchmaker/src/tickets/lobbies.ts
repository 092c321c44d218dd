import type { Game } from "@warren/game";
import { InputError, type LobbyId, type PlayerId, parseLobbyId } from "@warren/kernel";
import {
  type Lobby,
  type LobbyRefused,
  MEMBER_SILENT_MS,
  type QueueConfig,
  type TicketPlayer,
} from "@warren/matchmaking";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { LobbyChanged } from "@warren/protocol/services";
import { idOrNotFound } from "../id-or-not-found.ts";
import type { Domain } from "../log/domain.ts";
import { newJoinCode, parseJoinCode } from "../rooms/join-code.ts";
import { checkedJoin } from "./checked-join.ts";
import { checkedAttributes, checkedLatencies } from "./ticket-attributes.ts";
import type { LobbyReader, RequestedPlayer } from "./ticket-request.ts";
import { hashId, queueUnknown, recordOf } from "./tickets.ts";

/** Members of a lobby whose queues do not say how large a party may be. */
const SIZE_DEFAULT = 8;
/** What a member brings is shown to all others with every change, so it is smaller than a ticket's. */
export const LOBBY_JOIN_CHARS_MAX = 1_024;
const CODE_TRIES_MAX = 5;
/** A member who is followed and of whom the log has not heard for this long is told of. */
const SIGN_OF_LIFE_MS = MEMBER_SILENT_MS / 3;
/** Refusals remembered until who asked has read them. */
const REFUSALS_MAX = 4_096;

/** What a member says of itself. */
type MemberRequest = Omit<RequestedPlayer, "isTrusted" | "path">;

type Change = NonNullable<LobbyChanged["change"]>;

/** What players do in lobbies. Stateless: everything is in the log, so each of them works on any replica. */
export class Lobbies implements LobbyReader {
  readonly #game: Game;
  readonly #domain: Domain;
  readonly #listeners = new Map<LobbyId, Set<(lobby: Lobby) => void>>();
  readonly #refusals = new Map<number, LobbyRefused>();

  constructor(game: Game, domain: Domain) {
    this.#game = game;
    this.#domain = domain;
    domain.onChanges(({ lobbies, lobbyRefused }) => {
      if (lobbyRefused) {
        this.#refusals.set(lobbyRefused.seq, lobbyRefused);
        const [oldest] = this.#refusals.keys();
        if (this.#refusals.size > REFUSALS_MAX && oldest !== undefined) this.#refusals.delete(oldest);
      }
      for (const lobby of lobbies)
        for (const listener of [...(this.#listeners.get(lobby.id) ?? [])]) listener(lobby);
    });
  }

  /** Opens a lobby led by the player, or answers with the one this key opened before. Throws QUEUE_UNKNOWN, INVALID_ARGUMENT or RATE_LIMITED. */
  async open(
    request: MemberRequest & {
      readonly idempotencyKey: string;
      readonly queues: readonly string[];
      /** @default the party the queues take */
      readonly size?: number | undefined;
    },
  ): Promise<{ lobby: Lobby; isNew: boolean }> {
    const { playerId, idempotencyKey } = request;
    const id = parseLobbyId(`l_${this.#domain.name}_${hashId(playerId, idempotencyKey, 26)}`);
    const queues = this.#queues(request.queues);
    const player = this.#checked(request, queues);
    const size = request.size ?? Math.min(...queues.map(({ party }) => party.max), SIZE_DEFAULT);
    const known = this.#domain.fold.lobbies.byId.get(id);
    for (let attempt = 1; !known; attempt++) {
      const joinCode = newJoinCode();
      try {
        await this.#append(id, playerId, {
          $case: "opened",
          value: { joinCode, size, player: recordOf(player) },
        });
        break;
      } catch (error) {
        const isTaken = error instanceof WarrenError && error.code === "JOIN_CODE_TAKEN";
        if (!isTaken || attempt >= CODE_TRIES_MAX) throw error;
      }
    }
    const names = [...request.queues];
    const opened = this.#memberOf(id, playerId);
    if (names.length > 0 && opened.queues.length === 0 && opened.leaderId === playerId)
      await this.#append(id, playerId, { $case: "queues", value: { queues: names } });
    return { lobby: this.#memberOf(id, playerId), isNew: !known };
  }

  /** Comes into the lobby a code opens. Throws LOBBY_NOT_FOUND, LOBBY_FULL or INVALID_ARGUMENT. */
  async join(request: MemberRequest & { readonly joinCode: string }): Promise<Lobby> {
    const joinCode = parseJoinCode(request.joinCode);
    const { byCode } = this.#domain.fold.lobbies;
    if (!byCode.has(joinCode)) await this.#domain.barrier();
    const lobby = this.#domain.fold.lobbies.byCode.get(joinCode);
    if (!lobby)
      throw new WarrenError("LOBBY_NOT_FOUND", `No lobby has the join code ${joinCode}.`, {
        details: { field: "joinCode" },
      });
    // A queue that is no more will be refused when the leader asks for it.
    const known = lobby.queues.filter((name) => this.#domain.queues.has(name));
    const player = this.#checked(request, this.#queues(known));
    return this.change(lobby.id, request.playerId, { $case: "joined", value: recordOf(player) });
  }

  /** The queues the leader will ask for. Throws QUEUE_UNKNOWN, LOBBY_NOT_FOUND or FORBIDDEN. */
  setQueues(id: string, playerId: PlayerId, names: readonly string[]): Promise<Lobby> {
    this.#queues(names);
    return this.change(id, playerId, { $case: "queues", value: { queues: [...names] } });
  }

  /** The lobby after the change. Throws LOBBY_NOT_FOUND, LOBBY_FULL or FORBIDDEN. */
  async change(id: string, playerId: PlayerId, change: Change): Promise<Lobby> {
    const lobbyId = parsed(id);
    await this.#append(lobbyId, playerId, change);
    return this.#memberOf(lobbyId, playerId);
  }

  /** A change after which the player may be no member any more. Throws as {@link change}. */
  async end(id: string, playerId: PlayerId, change: Change): Promise<void> {
    await this.#append(parsed(id), playerId, change);
  }

  /** A lobby the player is in, also when that was only just written through another replica. Throws LOBBY_NOT_FOUND. */
  async get(id: string, playerId: PlayerId, field = "lobbyId"): Promise<Lobby> {
    const lobbyId = parsed(id, field);
    if (!this.#domain.fold.lobbies.byId.get(lobbyId)?.members.has(playerId)) await this.#domain.barrier();
    return this.#memberOf(lobbyId, playerId, field);
  }

  /** The members as one ticket's players, the leader first. Throws LOBBY_NOT_FOUND, FORBIDDEN or LOBBY_CHANGED. */
  async partyOf(id: string, playerId: PlayerId): Promise<readonly TicketPlayer[]> {
    const { leaderId, members } = await this.get(id, playerId, "lobby");
    const details = { field: "lobby" };
    if (leaderId !== playerId)
      throw new WarrenError("FORBIDDEN", `lobby is led by ${leaderId}; only its leader may queue`, {
        details,
      });
    const waitFor = [...members].filter(([, { ready }]) => !ready).map(([member]) => member);
    if (waitFor.length > 0)
      throw new WarrenError("LOBBY_CHANGED", `lobby has members who are not ready: ${waitFor.join(", ")}`, {
        details: { ...details, notReady: waitFor },
      });
    const leader = members.get(leaderId)!;
    return [leader, ...[...members.values()].filter((member) => member !== leader)].map(
      ({ player }) => player,
    );
  }

  /** Called after every change of the lobby, the last with `closed`. */
  onLobby(id: LobbyId, listener: (lobby: Lobby) => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** The player is followed here: tells the log so, if it has not heard of the player for long. */
  async signOfLife({ id }: Lobby, playerId: PlayerId): Promise<void> {
    const member = this.#domain.fold.lobbies.heard.get(playerId);
    if (!member || this.#domain.nowMs - member.heardAtMs < SIGN_OF_LIFE_MS) return;
    await this.#append(id, playerId, undefined);
  }

  /** Writes a change, unless it would be refused anyway, which need not fill the log. */
  async #append(lobbyId: LobbyId, playerId: PlayerId, change: Change | undefined): Promise<void> {
    const { fold } = this.#domain;
    if (fold.lobbies.refusalOf(lobbyId, playerId, change)) {
      await this.#domain.barrier();
      const refused = this.#domain.fold.lobbies.refusalOf(lobbyId, playerId, change);
      if (refused) throw refusal(refused);
    }
    const { seq } = await this.#domain.append(this.#domain.ticketSubject, {
      $case: "lobbyChanged",
      value: { lobbyId, playerId, change },
    });
    const refused = this.#refusals.get(seq);
    if (!refused) return;
    this.#refusals.delete(seq);
    throw refusal(refused);
  }

  #memberOf(id: LobbyId, playerId: PlayerId, field = "lobbyId"): Lobby {
    const lobby = this.#domain.fold.lobbies.byId.get(id);
    if (!lobby?.members.has(playerId)) throw notFound(field);
    return lobby;
  }

  #queues(names: readonly string[]): QueueConfig[] {
    return names.map((name) => {
      const queue = this.#domain.queues.get(name);
      if (!queue) throw queueUnknown(name, this.#domain.queues);
      return queue;
    });
  }

  /**
   * The leader may choose other queues later: attributes are checked by all there are. A ticket checks everything once
   * more.
   */
  #checked(request: MemberRequest, queues: readonly QueueConfig[]): TicketPlayer {
    const { playerId, join, latencies = {} } = request;
    for (const { room } of queues) {
      const type = this.#game.rooms[room]?.join;
      if (type) checkedJoin(type, join, "join");
    }
    const joinJson = join === undefined ? "" : JSON.stringify(join);
    if (joinJson.length > LOBBY_JOIN_CHARS_MAX)
      throw new InputError("join", join, `at most ${LOBBY_JOIN_CHARS_MAX} characters as JSON`);
    return {
      id: playerId,
      joinJson,
      attributes: checkedAttributes(this.#domain.queues, { ...request, isTrusted: false, path: "" }),
      latencies: checkedLatencies(latencies, undefined),
    };
  }
}

const REFUSALS: Readonly<Partial<Record<ErrorCode, string>>> = {
  FORBIDDEN: "only the leader of the lobby may do this",
  RATE_LIMITED: "as many lobbies are open as accepted; try again later",
};

function refusal({ code, field }: Omit<LobbyRefused, "seq">): WarrenError {
  return new WarrenError(code, REFUSALS[code], { details: { field } });
}

function notFound(field: string): WarrenError {
  return new WarrenError("LOBBY_NOT_FOUND", undefined, { details: { field } });
}

function parsed(id: string, field = "lobbyId"): LobbyId {
  return idOrNotFound(parseLobbyId, id, "LOBBY_NOT_FOUND", field);
}
