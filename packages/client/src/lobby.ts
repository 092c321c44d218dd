import { WarrenError } from "@warren/protocol/session";
import type { ClientRoom } from "./client-room.ts";
import type { GameShape, JoinOf, JoinOption, OneOrMore, QueueNames, RoomNames } from "./types.ts";
import {
  joinOf,
  newIdempotencyKey,
  type PlayAttributes,
  type PlayStatus,
  partsOf,
  type Warren,
} from "./warren.ts";

/** One player of a lobby. */
export interface LobbyMember<Join = unknown> {
  readonly playerId: string;
  readonly ready: boolean;
  /** What the player brings into the room; undefined: nothing. */
  readonly join?: Join;
}

/** A lobby as a matchmaker tells it. */
interface LobbyBody<Join> {
  readonly lobbyId: string;
  readonly joinCode: string;
  readonly size: number;
  readonly playerId: string;
  readonly leaderId: string;
  readonly queues: readonly string[];
  readonly members: readonly LobbyMember<Join>[];
  readonly ticketId?: string;
}

interface MemberOptions {
  /** What the player is matched by, unless the studio has to say it. @default nothing */
  readonly attributes?: PlayAttributes;
}

/** Opens a lobby that the player leads; `joinCode` lets others in. */
export async function createLobby<G extends GameShape, R extends RoomNames<G>>(
  warren: Warren<G>,
  room: R,
  options: {
    /** Members at the most, 1 to 64. @default the party the queues take */
    readonly size?: number;
  } & MemberOptions &
    OneOrMore<QueueNames<G, R>> &
    JoinOption<G, R>,
): Promise<Lobby<G, R>> {
  const { json, latencies } = partsOf(warren);
  const { queue, queues = [queue], size, attributes } = options;
  const body = { queues, size, attributes, latencies: await latencies(), ...joinOf(options) };
  const headers = { "idempotency-key": newIdempotencyKey() };
  return new Lobby(warren, room, await json({ method: "POST", path: "/v1/lobbies", headers, body }));
}

/** Comes into the lobby a code opens; any other lobby is left. Rejects with LOBBY_NOT_FOUND or LOBBY_FULL. */
export async function joinLobby<G extends GameShape, R extends RoomNames<G>>(
  warren: Warren<G>,
  room: R,
  joinCode: string,
  options: MemberOptions & JoinOption<G, R>,
): Promise<Lobby<G, R>> {
  const { json, latencies } = partsOf(warren);
  const { attributes } = options;
  const body = { joinCode, attributes, latencies: await latencies(), ...joinOf(options) };
  return new Lobby(warren, room, await json({ method: "POST", path: "/v1/lobbies/join", body }));
}

/**
 * Where players gather before they queue as one. Follows its events until it is left, on one connection: while the
 * lobby's ticket is followed, changes of the lobby are not heard of; whoever leaves then ends the ticket.
 */
export class Lobby<G extends GameShape, R extends RoomNames<G>> {
  readonly id: string;
  /** What others come in with. */
  readonly joinCode: string;
  readonly playerId: string;
  /** Undefined: the player is in it. Else why not: LOBBY_NOT_FOUND, or that no matchmaker can be reached. */
  ended: WarrenError | undefined;
  readonly #parts: ReturnType<typeof partsOf<G>>;
  readonly #name: R;
  readonly #abort = new AbortController();
  readonly #onChange = new Set<() => void>();
  readonly #onRoom = new Set<(room: ClientRoom<G, R>) => void>();
  readonly #onStatus = new Set<(status: PlayStatus) => void>();
  #now: LobbyBody<JoinOf<G, R>>;
  /** The ticket that is followed, or was last. */
  #ticket: { readonly id: string; readonly room: Promise<ClientRoom<G, R>> } | undefined;

  /** @internal */
  constructor(warren: Warren<G>, name: R, now: LobbyBody<JoinOf<G, R>>) {
    this.#parts = partsOf(warren);
    this.#name = name;
    this.#now = now;
    this.id = now.lobbyId;
    this.joinCode = now.joinCode;
    this.playerId = now.playerId;
    void this.#run();
  }

  get leaderId(): string {
    return this.#now.leaderId;
  }
  get isLeader(): boolean {
    return this.#now.leaderId === this.playerId;
  }
  /** In the order they came. */
  get members(): readonly LobbyMember<JoinOf<G, R>>[] {
    return this.#now.members;
  }
  /** Members at the most. */
  get size(): number {
    return this.#now.size;
  }
  get queues(): readonly string[] {
    return this.#now.queues;
  }

  /** After every change, and once when it has `ended`. Answers a function that takes the listener off, as all of these do. */
  onChange(listener: () => void): () => void {
    return on(this.#onChange, listener);
  }

  /** The room of a match, when there is one. */
  onRoom(listener: (room: ClientRoom<G, R>) => void): () => void {
    return on(this.#onRoom, listener);
  }

  /** What the lobby's ticket is doing, as `onStatus` of `play`: every member has to accept a match that is proposed. */
  onStatus(listener: (status: PlayStatus) => void): () => void {
    return on(this.#onStatus, listener);
  }

  /** The next room. Rejects when the lobby ends before. */
  room(): Promise<ClientRoom<G, R>> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.ended) done(() => reject(this.ended));
      };
      const offRoom = this.onRoom((room) => done(() => resolve(room)));
      const offChange = this.onChange(check);
      const done = (settle: () => void) => {
        offRoom();
        offChange();
        settle();
      };
      check();
    });
  }

  /** Ready, or not any more, which ends the lobby's ticket. */
  setReady(ready = true): Promise<void> {
    return this.#post("ready", { ready });
  }

  /** Leader: makes another member the leader. */
  setLeader(playerId: string): Promise<void> {
    return this.#post("leader", { playerId });
  }

  /** Leader: what `play` asks for; all others have to be ready again. */
  setQueues(queues: readonly QueueNames<G, R>[]): Promise<void> {
    return this.#post("queues", { queues });
  }

  /** Leader: sends a member away. */
  async kick(playerId: string): Promise<void> {
    await this.#delete(`/members/${playerId}`);
  }

  /** Leaves; the one who came first among the others leads. */
  async leave(): Promise<void> {
    await this.#delete("/members/me");
    this.#end(new WarrenError("LOBBY_NOT_FOUND", "the player left the lobby"));
  }

  /** Leader: closes it for all. */
  async close(): Promise<void> {
    await this.#delete("");
    this.#end(new WarrenError("LOBBY_NOT_FOUND", "the lobby was closed"));
  }

  /** Leader: queues with all members, who have to be ready, and joins the match. The others hear of it by `onRoom`. */
  async play({ signal }: { readonly signal?: AbortSignal } = {}): Promise<ClientRoom<G, R>> {
    signal?.throwIfAborted();
    const { ticketId } = await this.#parts.json<{ ticketId: string }>({
      method: "POST",
      path: "/v1/tickets",
      headers: { "idempotency-key": newIdempotencyKey() },
      body: { queues: this.queues, lobby: this.id },
    });
    const cancel = () =>
      void this.#parts.json({ method: "DELETE", path: `/v1/tickets/${ticketId}` }).catch(() => {});
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#follow(ticketId);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      for (;;) {
        const ticketId = await this.#nextTicket(signal);
        // Why it ended is told to who asked for it; the others see it in the lobby.
        await this.#follow(ticketId).catch(() => {});
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!signal.aborted) this.#end(WarrenError.from(error));
    }
  }

  /** Follows the lobby until it queues with a ticket that was not followed yet. */
  async #nextTicket(signal: AbortSignal): Promise<string> {
    for await (const { event, said } of this.#parts.events(`/v1/lobbies/${this.id}/events`, signal)) {
      if (event === "left" && said["closed"] === true)
        throw new WarrenError("LOBBY_NOT_FOUND", "the lobby was closed");
      if (event === "left") break;
      this.#take(said as unknown as LobbyBody<JoinOf<G, R>>);
      const { ticketId } = this.#now;
      if (ticketId !== undefined && ticketId !== this.#ticket?.id) return ticketId;
    }
    throw new WarrenError("LOBBY_NOT_FOUND", "the player is not in the lobby any more");
  }

  #follow(id: string): Promise<ClientRoom<G, R>> {
    if (this.#ticket?.id === id) return this.#ticket.room;
    const tell = (status: PlayStatus) => {
      for (const listener of [...this.#onStatus]) listener(status);
    };
    const room = this.#parts.room(this.#name, id, tell, this.#abort.signal).then((found) => {
      for (const listener of [...this.#onRoom]) listener(found);
      return found;
    });
    this.#ticket = { id, room };
    return room;
  }

  async #post(what: string, body: object): Promise<void> {
    const path = `/v1/lobbies/${this.id}/${what}`;
    const now = await this.#parts.json<LobbyBody<JoinOf<G, R>>>({ method: "POST", path, body });
    this.#take(now);
  }

  async #delete(path: string): Promise<void> {
    await this.#parts.json({ method: "DELETE", path: `/v1/lobbies/${this.id}${path}` });
  }

  #take(now: LobbyBody<JoinOf<G, R>>): void {
    this.#now = now;
    this.#changed();
  }

  #end(why: WarrenError): void {
    if (this.ended) return;
    this.ended = why;
    this.#abort.abort(why);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#onChange]) listener();
  }
}

function on<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
