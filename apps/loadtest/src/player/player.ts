import { Prng } from "@warren/kernel";
import { sample } from "@warren/schema";
import type {
  Assignment,
  Lobby,
  MemberOptions,
  Party,
  PlayOptions,
  QueueOptions,
  Seat,
  VirtualPlayer,
} from "../scenario.ts";
import { seedOf } from "../seed.ts";
import { LobbyMembership } from "./lobby-membership.ts";
import { SeatSession } from "./seat-session.ts";
import { Step } from "./step.ts";
import { Cancelled, OWN_CODES, RunEnded, StepError, toStepError } from "./step-error.ts";
import type { World } from "./world.ts";

const SIT_TIMEOUT_MS = 10_000;
const LEAVE_TIMEOUT_MS = 5_000;
/** The longest a player waits for others. */
const MATCH_TIMEOUT_MS = 120_000;
const REST_TIMEOUT_MS = 15_000;
/** Beside what it takes by itself. */
const SLACK_MS = 10_000;
/** Between two looks at a ticket whose event stream ended. */
const LOOK_AGAIN_MS = 250;

interface Me {
  readonly playerId: string;
  readonly token: string;
}

/** A player of a run. Holds its own numbers and little else. */
export class Player implements VirtualPlayer {
  readonly number: number;
  readonly random: Prng;
  readonly #world: World;
  readonly #steps = new Set<Step>();
  #abort: AbortController | undefined;
  /** When what comes next was wanted; undefined: when it is asked for. */
  #wantedMs: number | undefined;
  /** When the match was wanted that the player is to join. */
  #joinWantedMs: number | undefined;
  #me: Promise<Me> | undefined;
  #keys = 0;
  #ticketId: string | undefined;
  #isCancelling = false;
  #lobby: LobbyMembership | undefined;
  #session: SeatSession | undefined;
  #onSessionEnd: (error: StepError | undefined) => void = () => {};
  #hasEnded = false;

  constructor(world: World, number: number, wantedMs: number) {
    this.#world = world;
    this.number = number;
    this.#wantedMs = wantedMs;
    this.random = new Prng(seedOf(world.seed, number));
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#hasEnded) this.#abort.abort();
    return this.#abort.signal;
  }
  get queues(): readonly string[] {
    return this.#world.queues;
  }
  get game(): World["game"] {
    return this.#world.game;
  }

  /** The run is over: nothing is waited for any more. */
  end(): void {
    this.#hasEnded = true;
    this.#abort?.abort();
    for (const step of this.#steps) step.fail(new RunEnded());
  }

  /** Nothing of it is left, however it went. */
  async goAway(): Promise<void> {
    for (const step of this.#steps) step.fail(new RunEnded());
    await this.#leaveAll().catch(() => {});
    this.#lobby?.close();
    this.#session?.drop();
  }

  async think(minMs: number, maxMs = minMs): Promise<void> {
    const untilMs = performance.now() + minMs + this.random.float() * (maxMs - minMs);
    await this.#step(untilMs - performance.now() + SLACK_MS, (step) => this.#until(step, untilMs));
    this.#wantedMs = untilMs;
  }

  queue(queue: string | readonly string[], options: QueueOptions = {}): Promise<Assignment> {
    const queues = typeof queue === "string" ? [queue] : queue;
    return this.#search(options.signal, async () => {
      const { token } = await this.#identity();
      const { ticketId } = await this.#world.rest.json<{ ticketId: string }>({
        method: "POST",
        path: "/v1/tickets",
        token,
        idempotencyKey: this.#key(),
        body: { queues, ...this.#brought(queues, options) },
      });
      return ticketId;
    });
  }

  async cancel(): Promise<void> {
    this.#isCancelling = true;
    const id = this.#ticketId;
    if (id === undefined) return;
    await this.#step(REST_TIMEOUT_MS, () => this.#deleteTicket(id));
  }

  async sit(assignment: Assignment): Promise<Seat> {
    const wantedMs = this.#joinWantedMs ?? this.#wanted();
    this.#joinWantedMs = undefined;
    const { measures } = this.#world;
    measures.now.joining++;
    try {
      return await this.#step(SIT_TIMEOUT_MS, (step) => this.#sit(step, assignment, wantedMs));
    } finally {
      measures.now.joining--;
    }
  }

  async play(seat: Seat, options: PlayOptions): Promise<void> {
    const session = this.#session;
    if (!session?.isIn || session !== seat) {
      // It ended while the player did something else, and was counted then.
      const error = new StepError(OWN_CODES.CONNECTION, "the session had ended before");
      error.isCounted = true;
      throw error;
    }
    const untilMs = performance.now() + options.forMs;
    await this.#step(options.forMs + SLACK_MS, async (step) => {
      step.atEnd(session.play(options));
      await new Promise<void>((resolve, reject) => {
        this.#onSessionEnd = (error) => (error ? reject(error) : resolve());
        this.#until(step, untilMs).then(resolve, reject);
      });
    });
  }

  async leave(): Promise<void> {
    await this.#step(LEAVE_TIMEOUT_MS, () => this.#leaveAll());
  }

  async createLobby(
    options: MemberOptions & { readonly queues?: readonly string[]; readonly size?: number } = {},
  ): Promise<Lobby> {
    const { queues = this.queues.slice(0, 1), size } = options;
    return this.#enterLobby("/v1/lobbies", { queues, size, ...this.#brought(queues, options) }, this.#key());
  }

  joinLobby(joinCode: string, options: MemberOptions = {}): Promise<Lobby> {
    return this.#enterLobby("/v1/lobbies/join", { joinCode, ...this.#brought(this.queues, options) });
  }

  async ready(isReady = true): Promise<void> {
    await this.#step(REST_TIMEOUT_MS, async () => this.#inLobby().setReady(isReady));
  }

  queueLobby(
    queue: string | readonly string[],
    { signal }: Pick<QueueOptions, "signal"> = {},
  ): Promise<Assignment> {
    const queues = typeof queue === "string" ? [queue] : queue;
    return this.#search(signal, (step) => this.#inLobby().ticket(step, queues, this.#key()));
  }

  party(size: number): Promise<Party> {
    return this.#step(MATCH_TIMEOUT_MS, (step) =>
      this.#world.parties.gather(size, (leave) => step.atEnd(leave)),
    );
  }

  /** From wanting a match to having one, by a ticket that is had by `post`. */
  async #search(signal: AbortSignal | undefined, post: (step: Step) => Promise<string>): Promise<Assignment> {
    const wantedMs = this.#wanted();
    const { measures } = this.#world;
    this.#isCancelling = false;
    measures.now.queueing++;
    try {
      const assignment = await this.#step(MATCH_TIMEOUT_MS, async (step) => {
        const ticketId = await post(step);
        measures.counts.queued++;
        this.#ticketId = ticketId;
        const cancel = () => void this.cancel().catch(() => {});
        signal?.addEventListener("abort", cancel);
        step.atEnd(() => signal?.removeEventListener("abort", cancel));
        if (this.#isCancelling || signal?.aborted) cancel();
        return this.#follow(step, ticketId);
      });
      this.#ticketId = undefined;
      measures.counts.matched++;
      measures.timings.matchMs.record(performance.now() - wantedMs);
      this.#joinWantedMs = wantedMs;
      return assignment;
    } finally {
      measures.now.queueing--;
    }
  }

  /** Until the ticket ends, however often its stream does. */
  async #follow(step: Step, ticketId: string): Promise<Assignment> {
    const { token } = await this.#identity();
    let lastEventId = "";
    for (;;) {
      const found = await new Promise<Assignment | undefined>((resolve, reject) => {
        const onEvent = (event: string, data: Readonly<Record<string, unknown>>): void => {
          switch (event) {
            case "assigned":
              return resolve(data as unknown as Assignment);
            case "proposed":
              return void this.#accept(String(data["matchId"]), token).catch(reject);
            case "cancelled":
              return reject(this.#isCancelling ? new Cancelled() : ended("TICKET_CANCELLED", data));
            case "expired":
              return reject(ended("TICKET_EXPIRED", data));
            case "error":
              return reject(new StepError(String(data["code"]), String(data["detail"])));
          }
        };
        const stream = this.#world.rest.events(`/v1/tickets/${ticketId}/events`, token, onEvent, lastEventId);
        step.atEnd(stream.close);
        stream.ended.then((id) => {
          lastEventId = id;
          resolve(undefined);
        }, reject);
      });
      if (found) return found;
      // The matchmaker stopped; another one goes on.
      await this.#until(step, performance.now() + LOOK_AGAIN_MS);
    }
  }

  async #accept(matchId: string, token: string): Promise<void> {
    await this.#world.rest.json({ method: "POST", path: `/v1/matches/${matchId}/accept`, token });
  }

  async #deleteTicket(ticketId: string): Promise<void> {
    const { token } = await this.#identity();
    try {
      await this.#world.rest.json({ method: "DELETE", path: `/v1/tickets/${ticketId}`, token });
    } catch (error) {
      // The match, or the ticket's end, was faster.
      if (!(error instanceof StepError) || error.code !== "TICKET_FINAL") throw error;
    }
  }

  #sit(step: Step, assignment: Assignment, wantedMs: number): Promise<SeatSession> {
    const { measures } = this.#world;
    this.#session?.drop();
    return new Promise((resolve, reject) => {
      this.#onSessionEnd = (error) => reject(error ?? new StepError(OWN_CODES.CONNECTION, "the room ended"));
      const session: SeatSession = new SeatSession(this.#world, assignment, this.random, {
        onJoined: () => {
          measures.counts.joined++;
          measures.timings.joinMs.record(performance.now() - wantedMs);
          this.#onSessionEnd = () => {};
          resolve(session);
        },
        onEnded: (error) => {
          if (this.#session !== session) return;
          this.#session = undefined;
          if (error) this.#count(error);
          else measures.counts.left++;
          this.#onSessionEnd(error);
        },
      });
      this.#session = session;
      // Who did not get in does not wait there any longer.
      step.atEnd(() => {
        if (!session.isIn) session.drop();
      });
    });
  }

  /** Seat, ticket and lobby. */
  async #leaveAll(): Promise<void> {
    const [session, ticketId, lobby] = [this.#session, this.#ticketId, this.#lobby];
    this.#isCancelling = true;
    this.#ticketId = undefined;
    this.#lobby = undefined;
    const leaving: Promise<unknown>[] = [];
    if (session?.isIn) leaving.push(this.#leaveSeat(session));
    if (ticketId !== undefined) leaving.push(this.#deleteTicket(ticketId));
    if (lobby) leaving.push(lobby.leave());
    await Promise.all(leaving);
  }

  #leaveSeat(session: SeatSession): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#world.wheel.at(performance.now() + LEAVE_TIMEOUT_MS, () => {
        const error = new StepError(OWN_CODES.TIMEOUT, "LEAVE was not answered");
        this.#count(error);
        reject(error);
      });
      this.#onSessionEnd = (error) => {
        timer.stop();
        if (error) reject(error);
        else resolve();
      };
      session.leave();
    });
  }

  #enterLobby(path: string, body: object, idempotencyKey?: string): Promise<Lobby> {
    return this.#step(REST_TIMEOUT_MS, async () => {
      const { token } = await this.#identity();
      const { rest } = this.#world;
      this.#lobby?.close();
      this.#lobby = await LobbyMembership.enter(rest, token, path, body, idempotencyKey);
      return this.#lobby;
    });
  }

  #inLobby(): LobbyMembership {
    if (!this.#lobby) throw new StepError("LOBBY_NOT_FOUND", "the player is in no lobby");
    return this.#lobby;
  }

  #identity(): Promise<Me> {
    this.#me ??= this.#world.rest.json<Me>({ method: "POST", path: "/v1/guests" });
    return this.#me;
  }

  #key(): string {
    return `${++this.#keys}`;
  }

  /** What is sent along with a wish for a match. */
  #brought(queues: readonly string[], { attributes, latencies, join }: MemberOptions): object {
    return { attributes, latencies, join: join === undefined ? this.#joinFor(queues) : join };
  }

  /** Something valid for the room of the first queue. */
  #joinFor([queue = ""]: readonly string[]): unknown {
    const { queues, rooms } = this.game;
    const room = Object.hasOwn(queues, queue) ? queues[queue]?.room : undefined;
    const type = room === undefined ? undefined : rooms[room]?.join;
    return type && sample(type, new Prng(this.number));
  }

  #wanted(): number {
    const wantedMs = this.#wantedMs ?? performance.now();
    this.#wantedMs = undefined;
    return wantedMs;
  }

  #until(step: Step, untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#world.wheel.at(untilMs, () => resolve());
      step.atEnd(() => timer.stop());
    });
  }

  /** Everything a player waits for: it has an end, and what goes wrong is counted once. */
  async #step<T>(limitMs: number, work: (step: Step) => Promise<T>): Promise<T> {
    if (this.#hasEnded) throw new RunEnded();
    const step = new Step();
    const timer = this.#world.wheel.at(performance.now() + limitMs, () =>
      step.fail(new StepError(OWN_CODES.TIMEOUT)),
    );
    this.#steps.add(step);
    try {
      return await step.run(work);
    } catch (thrown) {
      const error = toStepError(thrown);
      this.#count(error);
      throw error;
    } finally {
      timer.stop();
      this.#steps.delete(step);
    }
  }

  #count(error: StepError): void {
    if (error.isCounted) return;
    error.isCounted = true;
    this.#world.measures.error(error.code);
  }
}

function ended(code: keyof typeof OWN_CODES, { cause }: Readonly<Record<string, unknown>>): StepError {
  return new StepError(OWN_CODES[code], String(cause));
}
