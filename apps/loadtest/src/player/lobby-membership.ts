import type { Lobby } from "../scenario.ts";
import type { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { Cancelled, OWN_CODES, StepError } from "./step-error.ts";

interface LobbyBody extends Lobby {
  readonly playerId: string;
  readonly leaderId: string;
  readonly size: number;
  readonly members: readonly { readonly playerId: string; readonly ready: boolean }[];
  readonly ticketId?: string;
}

/** A ticket that players of a lobby wait with. */
interface PostedTicket {
  readonly id: string;
  /** When nothing was missing any more: friends who take their time are no delay of the server. */
  readonly wantedMs: number;
}

/** One player's place in a lobby, and what is heard of it as long as the player is in it. */
export class LobbyMembership implements Lobby {
  readonly #rest: Rest;
  readonly #token: string;
  readonly #events: { close(): void };
  readonly #waiting = new Set<() => void>();
  #now: LobbyBody;
  #ended: StepError | undefined;
  /** Nobody more is waited for. */
  #isOpen = true;
  /** The last ticket the player was in, which is not followed again. */
  #lastTicketId: string | undefined;

  private constructor(rest: Rest, token: string, now: LobbyBody) {
    this.#rest = rest;
    this.#token = token;
    this.#now = now;
    const events = rest.events(`/v1/lobbies/${now.lobbyId}/events`, token, (event, data) => {
      if (event === "lobby") this.#heard(data as unknown as LobbyBody);
      else if (event === "left") this.#end(new StepError("LOBBY_NOT_FOUND", "the lobby is gone"));
      else if (event === "error") this.#end(new StepError(String(data["code"])));
    });
    this.#events = events;
    events.ended.then(
      () => this.#end(new StepError(OWN_CODES.CONNECTION, "the lobby's events ended")),
      (error: StepError) => this.#end(error),
    );
  }

  /** Opens one or comes into one. Rejects with StepError. */
  static async enter(
    rest: Rest,
    token: string,
    path: string,
    body: object,
    idempotencyKey?: string,
  ): Promise<LobbyMembership> {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const now = await rest.json<LobbyBody>({ method: "POST", path, token, body, ...key });
    return new LobbyMembership(rest, token, now);
  }

  get lobbyId(): string {
    return this.#now.lobbyId;
  }
  get joinCode(): string {
    return this.#now.joinCode;
  }

  async setReady(ready: boolean): Promise<void> {
    const path = `/v1/lobbies/${this.lobbyId}/ready`;
    // The answer may be older than what was heard meanwhile.
    await this.#rest.json({ method: "POST", path, token: this.#token, body: { ready } });
  }

  /**
   * The lobby's next ticket: posted by its leader as soon as all are there and ready, and waited for by the others.
   * Rejects with Cancelled when it came and went before it was heard of: then the player is not ready any more.
   */
  async ticket(step: Step, queues: readonly string[], newKey: () => string): Promise<PostedTicket> {
    this.#isOpen = true;
    for (;;) {
      const before = this.#now;
      await this.#until(step, () => {
        if (this.#nextTicketId !== undefined) return true;
        if (this.#isLeader) return this.#areReady;
        return !this.#amReady && (this.#now !== before || !this.#isOpen);
      });
      if (this.#nextTicketId === undefined && !this.#isLeader) throw new Cancelled();
      const told = this.#now;
      const wantedMs = performance.now();
      try {
        const id = this.#nextTicketId ?? (await this.#post(queues, newKey()));
        this.#lastTicketId = id;
        return { id, wantedMs };
      } catch (error) {
        if (!(error instanceof StepError) || error.code !== "LOBBY_CHANGED") throw error;
        // Somebody is not ready any more: it is heard of by an event.
        await this.#until(step, () => this.#now !== told);
      }
    }
  }

  /** Whoever is not there by now is not waited for. */
  goWithout(): void {
    this.#isOpen = false;
    this.#look();
  }

  async leave(): Promise<void> {
    this.close();
    const path = `/v1/lobbies/${this.lobbyId}/members/me`;
    try {
      await this.#rest.json({ method: "DELETE", path, token: this.#token });
    } catch (error) {
      // It is gone already.
      if (!(error instanceof StepError) || error.code !== "LOBBY_NOT_FOUND") throw error;
    }
  }

  /** Nothing of it is heard any more. */
  close(): void {
    this.#end(new StepError("LOBBY_NOT_FOUND", "the player left the lobby"));
    this.#events.close();
  }

  get #isLeader(): boolean {
    return this.#now.leaderId === this.#now.playerId;
  }
  get #areReady(): boolean {
    const { members, size } = this.#now;
    return members.every(({ ready }) => ready) && (members.length >= size || !this.#isOpen);
  }
  get #amReady(): boolean {
    const { members, playerId } = this.#now;
    return members.some((member) => member.playerId === playerId && member.ready);
  }
  get #nextTicketId(): string | undefined {
    const { ticketId } = this.#now;
    return ticketId === this.#lastTicketId ? undefined : ticketId;
  }

  async #post(queues: readonly string[], idempotencyKey: string): Promise<string> {
    const body = { queues, lobby: this.lobbyId };
    const request = {
      method: "POST",
      path: "/v1/tickets",
      token: this.#token,
      body,
      idempotencyKey,
    } as const;
    return (await this.#rest.json<{ ticketId: string }>(request)).ticketId;
  }

  #until(step: Step, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#ended) reject(this.#ended);
        else if (!holds()) return;
        else resolve();
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      step.atEnd(() => this.#waiting.delete(look));
      look();
    });
  }

  #heard(now: LobbyBody): void {
    this.#now = now;
    this.#look();
  }

  #end(error: StepError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
