import { Prng } from "@warren/kernel";
import type {
  Assignment,
  Lobby,
  LobbyOptions,
  MemberOptions,
  PatienceOptions,
  PlayOptions,
  QueueOptions,
  Scenario,
  Seat,
  VirtualPlayer,
} from "../scenario.ts";
import { seedOf } from "../seed.ts";
import { LobbyMembership } from "./lobby-membership.ts";
import { PARTY_WAIT_MS, type Party, type PartySize } from "./parties.ts";
import { type Dropped, SeatSession } from "./seat-session.ts";
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

/** Where a player comes from; whoever comes in its place has the same. */
export interface Place {
  readonly scenario: Scenario;
  /** Among the players of the scenario in this process, from 0. */
  readonly nth: number;
  /** Names the scenario. */
  readonly part: string;
}

// So that nothing that depends on time takes numbers from what the scenario draws.
const MADE_UP = 1;
const SESSION = 2;

/** A player of a run. Holds its own numbers and little else. */
export class Player implements VirtualPlayer {
  readonly number: number;
  readonly random: Prng;
  readonly place: Place;
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
  #isProposed = false;
  #lobby: LobbyMembership | undefined;
  #session: SeatSession | undefined;
  #sessions = 0;
  #dropped: Dropped | undefined;
  #party: Party | undefined;
  #onSessionEnd: (error: StepError | undefined) => void = () => {};
  #hasEnded = false;

  constructor(world: World, number: number, place: Place, wantedMs: number) {
    this.#world = world;
    this.number = number;
    this.place = place;
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
    const ms = maxMs > minMs ? minMs + this.random.float() * (maxMs - minMs) : minMs;
    const untilMs = performance.now() + ms;
    await this.#step(untilMs - performance.now() + SLACK_MS, (step) => this.#until(step, untilMs));
    this.#wantedMs = untilMs;
  }

  queue(queue: string | readonly string[], options: QueueOptions = {}): Promise<Assignment> {
    const queues = typeof queue === "string" ? [queue] : queue;
    const wantedMs = this.#wanted();
    return this.#search(options, async () => {
      const { token } = await this.#identity();
      const { ticketId } = await this.#world.rest.json<{ ticketId: string }>({
        method: "POST",
        path: "/v1/tickets",
        token,
        idempotencyKey: this.#key(),
        body: { queues, ...this.#brought(queues, options) },
      });
      return { id: ticketId, wantedMs };
    });
  }

  async cancel(): Promise<void> {
    this.#isCancelling = true;
    const id = this.#ticketId;
    if (id === undefined) return;
    await this.#step(REST_TIMEOUT_MS, () => this.#deleteTicket(id));
  }

  sit(assignment: Assignment): Promise<Seat> {
    // Who comes back has been counted.
    const wantedMs = this.#joinWantedMs;
    this.#joinWantedMs = undefined;
    const { counts, timings } = this.#world.measures;
    return this.#sit(assignment, () => {
      if (wantedMs === undefined) return;
      counts.joined++;
      timings.joinMs.record(performance.now() - wantedMs);
    });
  }

  async play(seat: Seat, options: PlayOptions): Promise<boolean> {
    const session = this.#session;
    // It ended while the player did something else, and was counted then.
    if (!session?.isIn || session !== seat) return false;
    const untilMs = performance.now() + options.forMs;
    await this.#step(options.forMs + SLACK_MS, async (step) => {
      step.atEnd(session.play(options));
      await new Promise<void>((resolve, reject) => {
        this.#onSessionEnd = (error) => (error ? reject(error) : resolve());
        this.#until(step, untilMs).then(resolve, reject);
      });
    });
    return session.isIn;
  }

  async drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#dropped = session?.drop();
  }

  async resume(): Promise<Seat> {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    if (!dropped) throw new StepError(OWN_CODES.SCENARIO, "resume() comes after drop()");
    return this.#sit(dropped, () => {});
  }

  freshSeat(roomId: string): Promise<Assignment> {
    return this.#step(REST_TIMEOUT_MS, async () => {
      const { token } = await this.#identity();
      const path = `/v1/players/me/seats/${roomId}`;
      return this.#world.rest.json<Assignment>({ method: "POST", path, token });
    });
  }

  async leaveRoom(): Promise<void> {
    const session = this.#session;
    if (session?.isIn) await this.#step(LEAVE_TIMEOUT_MS, () => this.#leaveSeat(session));
  }

  async leave(): Promise<void> {
    await this.#step(LEAVE_TIMEOUT_MS, () => this.#leaveAll());
  }

  createLobby(options: LobbyOptions & { readonly size?: number } = {}): Promise<Lobby> {
    const { queues = this.queues.slice(0, 1), size } = options;
    return this.#enterLobby("/v1/lobbies", { queues, size, ...this.#brought(queues, options) }, this.#key());
  }

  joinLobby(joinCode: string, options: LobbyOptions = {}): Promise<Lobby> {
    const { queues = this.queues.slice(0, 1) } = options;
    return this.#enterLobby("/v1/lobbies/join", { joinCode, ...this.#brought(queues, options) });
  }

  async ready(isReady = true): Promise<void> {
    await this.#step(REST_TIMEOUT_MS, async () => this.#inLobby().setReady(isReady));
  }

  queueLobby(queue: string | readonly string[], options: PatienceOptions = {}): Promise<Assignment> {
    const queues = typeof queue === "string" ? [queue] : queue;
    this.#wanted();
    return this.#search(options, (step) => {
      const lobby = this.#inLobby();
      const timer = this.#world.wheel.at(performance.now() + PARTY_WAIT_MS, () => lobby.goWithout());
      step.atEnd(() => timer.stop());
      return lobby.ticket(step, queues, () => this.#key());
    });
  }

  party(size: PartySize): Promise<Party> {
    const { part, nth } = this.place;
    return this.#step(MATCH_TIMEOUT_MS, async (step) => {
      this.#party = await this.#world.parties.meet(part, nth, size, (undo) => step.atEnd(undo));
      return this.#party;
    });
  }

  /** From wanting a match to having one, by a ticket that is had by `post`. */
  async #search(
    { patienceMs, signal }: PatienceOptions,
    post: (step: Step) => Promise<{ readonly id: string; readonly wantedMs: number }>,
  ): Promise<Assignment> {
    const { measures } = this.#world;
    this.#isCancelling = false;
    this.#isProposed = false;
    measures.now.queueing++;
    try {
      return await this.#step(MATCH_TIMEOUT_MS, async (step) => {
        const { id: ticketId, wantedMs } = await post(step);
        measures.counts.queued++;
        this.#ticketId = ticketId;
        // Whoever cancels what is proposed declines it, and may not queue for a while: that is asked for by cancel() only.
        const cancel = () => {
          if (!this.#isProposed) void this.cancel().catch(() => {});
        };
        signal?.addEventListener("abort", cancel);
        step.atEnd(() => signal?.removeEventListener("abort", cancel));
        if (patienceMs !== undefined) {
          const timer = this.#world.wheel.at(performance.now() + patienceMs, cancel);
          step.atEnd(() => timer.stop());
        }
        if (this.#isCancelling || signal?.aborted) cancel();
        const assignment = await this.#follow(step, ticketId);
        this.#ticketId = undefined;
        measures.counts.matched++;
        measures.timings.matchMs.record(performance.now() - wantedMs);
        this.#joinWantedMs = wantedMs;
        return assignment;
      });
    } catch (error) {
      if (error instanceof Cancelled) this.#ticketId = undefined;
      throw error;
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
            case "returned":
              this.#isProposed = false;
              return;
            case "proposed":
              this.#isProposed = true;
              return void this.#accept(String(data["matchId"]), token).catch(reject);
            case "cancelled":
              // A lobby's is cancelled by its leader.
              return reject(
                this.#isCancelling || this.#lobby ? new Cancelled() : ended("TICKET_CANCELLED", data),
              );
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

  async #sit(from: Assignment | Dropped, onJoined: () => void): Promise<SeatSession> {
    const { measures, seed } = this.#world;
    const random = new Prng(seedOf(seed, this.number, SESSION, ++this.#sessions));
    this.#session?.drop();
    measures.now.joining++;
    try {
      return await this.#step(
        SIT_TIMEOUT_MS,
        (step) =>
          new Promise((resolve, reject) => {
            this.#onSessionEnd = (error) =>
              reject(error ?? new StepError(OWN_CODES.CONNECTION, "the room ended"));
            const session: SeatSession = new SeatSession(this.#world, from, random, {
              onJoined: () => {
                onJoined();
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
          }),
      );
    } finally {
      measures.now.joining--;
    }
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
    const { madeUp, seed } = this.#world;
    const own = seedOf(seed, this.number, MADE_UP);
    const request = madeUp.request(queues, this.#party?.seed ?? own, this.#party);
    return {
      attributes: attributes ?? request.attributes,
      latencies: latencies ?? request.latencies,
      join: join ?? madeUp.join(queues[0] ?? "", own),
    };
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
