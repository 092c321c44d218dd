import { setTimeout as pause } from "node:timers/promises";
import { type ClientRoom, memoryStorage, Warren } from "@warren/client";
import type { Prng } from "@warren/kernel";
import { type Frame, FrameType } from "@warren/protocol/session";
import type game from "../game.ts";
import { judgeActions } from "../judges/account.ts";
import { EpochWatch } from "../judges/epoch-watch.ts";
import { Numbered } from "../judges/numbered.ts";
import { TickWatch } from "../judges/tick-watch.ts";
import { tapped } from "./tapped-socket.ts";

type TallyRoom = ClientRoom<typeof game, "tally">;

const INPUT_MS = 100;
const ACT_MS = [150, 450] as const;
/** Fewer than the SDK takes at one time. */
const ACTIONS_PENDING_MAX = 100;
/** While nothing comes, this much may be because who looks was held up. */
const LOOK_MS = 250;

export interface TallyPlayerOptions {
  readonly urls: readonly string[];
  readonly prng: Prng;
  /** Where to connect instead of a seat's URL. @default there */
  readonly route?: (url: string) => string;
  /** How far the regions are; then it queues for `near`. @default it does not matter */
  readonly latencies?: Readonly<Record<string, number>>;
  /** Whether rooms on the node with this URL may end now, and are no fault. @default none may */
  readonly mayEnd?: (nodeUrl: string) => boolean;
  /** A room that shows no newer tick for longer stands still, ms. Does not count for who is relayed. */
  readonly tickGapMsMax: number;
}

/** What a player saw of one room until it ended, was left, or was given up for another. */
export interface TallyReport {
  readonly events: number;
  readonly eventsLost: number;
  readonly eventsDuplicated: number;
  readonly actions: number;
  readonly actionsLost: number;
  readonly actionsDuplicated: number;
  readonly socketsDropped: number;
  readonly epochsFallen: number;
  readonly ticksMissed: number;
  readonly problems: readonly string[];
}

/** One seat in a room of `tally`: numbers what it sends, and keeps account of what it is answered and told. */
export class TallySeat {
  readonly room: TallyRoom;
  readonly #options: TallyPlayerOptions;
  readonly #beats = new Numbered();
  readonly #told = new Numbered();
  readonly #epochs: EpochWatch;
  readonly #ticks: TickWatch;
  readonly #answers = new Map<number, number>();
  readonly #problems: string[] = [];
  readonly #wire: Wire;
  readonly #timers: NodeJS.Timeout[] = [];
  #sent = 0;
  #failed = 0;
  #input = 0;
  #actTimer: NodeJS.Timeout | undefined;
  /** Another seat took its place, as was asked for. */
  #isGivenUp = false;
  /** The room ended, as it may have. */
  hasLostRoom = false;
  #lookedAtMs = performance.now();

  constructor(room: TallyRoom, wire: Wire, options: TallyPlayerOptions) {
    this.room = room;
    this.#wire = wire;
    this.#options = options;
    this.#epochs = wire.epochs;
    this.#ticks = new TickWatch(options.tickGapMsMax, performance.now());
    room.on("beat", ({ number }) => this.#beats.hear(number));
    room.on("told", ({ number }) => this.#told.hear(number));
    room.onState((tick) => {
      wire.applied(tick);
      this.#ticks.shown(tick, performance.now());
    });
    room.onStatus((status, why) => {
      if (status === "ended") this.#stop();
      if (this.#isGivenUp || status === "online") return;
      this.hasLostRoom = why?.code === "ROOM_ENDED" && (options.mayEnd?.(wire.nodeUrl) ?? false);
      if (this.hasLostRoom) return;
      this.#problems.push(`${room.playerId} in ${room.id} is ${status}: ${why ?? "the socket is lost"}`);
    });
    this.#timers.push(
      setInterval(() => this.#sendInput(), INPUT_MS),
      setInterval(() => this.#look(), LOOK_MS),
    );
    this.#actSoon();
  }

  /** Its socket is with another node than the room. */
  get relayed(): boolean {
    return this.#wire.relayed;
  }

  /** From now on the seat may be taken away. Until it is, its room has to go on. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#wire.isLeaving = true;
  }

  /** Nobody looks any more. */
  close(): void {
    this.giveUp();
    this.#stop();
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#actTimer);
  }

  #sendInput(): void {
    if (this.room.status === "online") this.room.send({ number: ++this.#input });
  }

  #look(): void {
    const nowMs = performance.now();
    // Whoever was held up itself cannot tell.
    if (nowMs - this.#lookedAtMs > 2 * LOOK_MS) this.#ticks.forgive(nowMs);
    else this.#ticks.look(nowMs);
    this.#lookedAtMs = nowMs;
  }

  #actSoon(): void {
    this.#actTimer = setTimeout(
      () => {
        if (this.#sent - this.#answers.size - this.#failed < ACTIONS_PENDING_MAX) void this.#act();
        this.#actSoon();
      },
      this.#options.prng.int(...ACT_MS),
    );
  }

  async #act(): Promise<void> {
    const number = ++this.#sent;
    try {
      this.#answers.set(number, (await this.room.act("count", { number })).executed);
    } catch (error) {
      this.#failed++;
      if (!this.#isGivenUp && !this.hasLostRoom)
        this.#problems.push(`action ${number} of ${this.room.playerId}: ${error}`);
    }
  }

  /** Sends no more, waits for what is on its way, and says how it went. `waitMs`: for all of it. */
  async finish(waitMs: number): Promise<TallyReport> {
    this.#stop();
    const { room } = this;
    const account = () => room.state.accounts.get(room.playerId);
    const told = account()?.told ?? 0;
    const { beats } = room.state;
    const isMissing = () =>
      this.#answers.size < this.#sent ||
      (account()?.last ?? 0) < this.#sent ||
      (account()?.input ?? 0) !== this.#input ||
      (this.#told.last ?? 0) < told ||
      (this.#beats.last ?? 0) < beats;
    const untilMs = performance.now() + waitMs;
    while (isMissing() && room.status !== "ended" && performance.now() < untilMs) await pause(LOOK_MS);
    const { input } = account() ?? {};
    if (input !== this.#input)
      this.#problems.push(`the last input of ${room.playerId} is ${this.#input}; the room has ${input}`);
    this.#told.end(told);
    this.#beats.end(beats);
    const actions = judgeActions({ sent: this.#sent, answers: this.#answers }, account());
    this.close();
    await room.leave();
    return {
      events: this.#told.count + this.#beats.count,
      eventsLost: this.#told.lost + this.#beats.lost,
      eventsDuplicated: this.#told.duplicated + this.#beats.duplicated,
      actions: this.#sent,
      actionsLost: actions.lost,
      actionsDuplicated: actions.duplicated,
      ...this.watched(),
    };
  }

  /** What was seen of the room, whether or not the seat is finished. */
  watched(): Pick<TallyReport, "socketsDropped" | "epochsFallen" | "ticksMissed" | "problems"> {
    const { playerId, id } = this.room;
    // The last was closed with the room.
    const closes = this.hasLostRoom ? this.#wire.closes.slice(0, -1) : this.#wire.closes;
    const problems = [...this.#problems, ...closes.map((close) => `${playerId} in ${id}: ${close}`)];
    if (this.#ticks.missed > 0)
      problems.push(`${playerId} in ${id} saw no tick for ${Math.round(this.#ticks.longestMs)} ms`);
    if (this.#epochs.fallen > 0) problems.push(`${playerId} in ${id} applied a lower epoch after a higher`);
    return {
      socketsDropped: closes.length,
      epochsFallen: this.#epochs.fallen,
      ticksMissed: this.#ticks.missed,
      problems,
    };
  }
}

/** A guest who plays `tally`: sits down as often as it is told to, always as the same player. */
export class TallyPlayer {
  /** The present seat. */
  seat: TallySeat | undefined;
  readonly #options: TallyPlayerOptions;
  readonly #warren: Warren<typeof game>;
  #wire = new Wire();

  constructor(options: TallyPlayerOptions) {
    this.#options = options;
    this.#warren = new Warren<typeof game>(options.urls, {
      storage: forgetful(),
      ...(options.latencies && { regions: async () => options.latencies ?? {} }),
      webSocket: (url, protocol) => {
        const route = (to: string) => options.route?.(to) ?? to;
        this.#wire.nodeUrl = url;
        this.#wire.relayed = route(url) !== url;
        return tapped(this.#wire, route)(url, protocol);
      },
    });
  }

  /** Queues and sits down; a seat it has is given up as the match takes its place. Rejects as `play` does. */
  async sit(signal: AbortSignal): Promise<TallySeat> {
    const before = this.seat;
    const wire = new Wire();
    before?.giveUp();
    this.#wire = wire;
    const queue = this.#options.latencies ? "near" : "tally";
    const room = await this.#warren.play("tally", { queue, replace: true, signal });
    before?.close();
    // What it is told comes over NATS.
    const tickGapMsMax = wire.relayed ? Number.POSITIVE_INFINITY : this.#options.tickGapMsMax;
    this.seat = new TallySeat(room, wire, { ...this.#options, tickGapMsMax });
    return this.seat;
  }
}

/** What came on the sockets of one seat. */
class Wire {
  readonly epochs = new EpochWatch();
  readonly closes: string[] = [];
  isLeaving = false;
  /** Of the node that runs the room. */
  nodeUrl = "";
  relayed = false;
  #states: { readonly epoch: number; readonly tick: number }[] = [];

  onFrames(frames: readonly Frame[]): void {
    this.#states = frames.flatMap((frame) => (frame.type === FrameType.STATE ? [frame.body] : []));
  }

  /** The SDK has applied a state of the message that came last. */
  applied(tick: number): void {
    const at = this.#states.findIndex((state) => state.tick === tick);
    const state = this.#states[at];
    if (!state) return;
    this.epochs.applied(state.epoch);
    this.#states = this.#states.slice(at + 1);
  }

  onClose(code: number, reason: string): void {
    if (!this.isLeaving) this.closes.push(`a socket was closed with ${code} ${reason}`);
  }
}

/** Remembers who the player is, and no rooms: who queues anew wants another one. */
function forgetful() {
  const storage = memoryStorage();
  return {
    getItem: (key: string) => (key.startsWith("warren.room.") ? null : storage.getItem(key)),
    setItem: (key: string, value: string) => storage.setItem(key, value),
    removeItem: (key: string) => storage.removeItem(key),
  };
}
