import type { Lobby } from "../scenario.ts";
import type { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { OWN_CODES, StepError } from "./step-error.ts";

interface LobbyBody extends Lobby {
  readonly playerId: string;
  readonly leaderId: string;
  readonly members: readonly { readonly playerId: string; readonly ready: boolean }[];
  readonly ticketId?: string;
}

/** One player's place in a lobby, and what is heard of it as long as the player is in it. */
export class LobbyMembership implements Lobby {
  readonly #rest: Rest;
  readonly #token: string;
  readonly #events: { close(): void };
  readonly #waiting = new Set<() => void>();
  #now: LobbyBody;
  #ended: StepError | undefined;
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
    this.#heard(await this.#rest.json({ method: "POST", path, token: this.#token, body: { ready } }));
  }

  /** The lobby's next ticket: posted by its leader as soon as all are ready, and waited for by the others. */
  async ticket(step: Step, queues: readonly string[], idempotencyKey: string): Promise<string> {
    let key = idempotencyKey;
    for (;;) {
      await this.#until(step, () => (this.#isLeader ? this.#areReady : this.#nextTicketId !== undefined));
      try {
        const ticketId = this.#nextTicketId ?? (await this.#post(queues, key));
        this.#lastTicketId = ticketId;
        return ticketId;
      } catch (error) {
        if (!(error instanceof StepError) || error.code !== "LOBBY_CHANGED") throw error;
        // Somebody is not ready any more: it is heard of by an event.
        const before = this.#now;
        await this.#until(step, () => this.#now !== before);
        key += "+";
      }
    }
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
    return this.#now.members.every(({ ready }) => ready);
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
    for (const look of [...this.#waiting]) look();
  }

  #end(error: StepError): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const look of [...this.#waiting]) look();
  }
}
