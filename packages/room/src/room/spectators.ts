import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { ViewerEyes } from "@warren/schema";
import type { StateReader } from "../state/replication.ts";
import type { RoomDown } from "./room-link.ts";

/** Spectators of one room that a definition may let in. */
export const SPECTATORS_MAX = 100_000;

const NO_INPUTS = { consumedNumber: 0, waiting: 0 };

/** A session that watches. Who it is does not matter: one player may watch by several, and play as well. */
class Spectator implements StateReader {
  readonly down: RoomDown;
  readonly eyes: ViewerEyes;
  readonly inputs = NO_INPUTS;
  /** When the socket was lost; undefined while it is there. */
  awayAtMs: number | undefined;

  constructor(down: RoomDown, eyes: ViewerEyes) {
    this.down = down;
    this.eyes = eyes;
  }

  get connected(): boolean {
    return this.awayAtMs === undefined;
  }
}

export interface SpectatorsOptions {
  /** At one time, at the most; 0: none. */
  readonly countMax: number;
  /** How long one is kept after its socket was lost. */
  readonly graceMs: number;
  /** What all of them see: what is nobody's own. */
  readonly eyes: ViewerEyes;
  /** There are more or fewer than before, or one wants the state. */
  onChanged(): void;
}

/** Those who watch a room, beside its seats. */
export class Spectators implements Iterable<StateReader> {
  readonly #options: SpectatorsOptions;
  readonly #watching = new Map<RoomDown, Spectator>();
  #ended = false;

  constructor(options: SpectatorsOptions) {
    this.#options = options;
  }

  /** Connected or within their grace. */
  get count(): number {
    return this.#watching.size;
  }
  get countMax(): number {
    return this.#options.countMax;
  }
  [Symbol.iterator](): IterableIterator<StateReader> {
    return this.#watching.values();
  }

  /** Throws ROOM_NOT_WATCHABLE when one more would be too many. Whoever is away makes way. */
  checkSpace(): void {
    const { count, countMax } = this;
    if (count < countMax || this.#longestAway()) return;
    throw new WarrenError(
      "ROOM_NOT_WATCHABLE",
      countMax > 0 ? `The room takes ${countMax} spectators, and ${count} watch.` : undefined,
    );
  }

  /** Throws ROOM_ENDED or ROOM_NOT_WATCHABLE. */
  attach(down: RoomDown): void {
    if (this.#ended) throw new WarrenError("ROOM_ENDED");
    this.checkSpace();
    if (this.count === this.countMax) this.#giveUp(this.#longestAway() as Spectator);
    this.#watching.set(down, new Spectator(down, this.#options.eyes));
    this.#options.onChanged();
  }

  detach(down: RoomDown, nowMs: number): void {
    const one = this.#watching.get(down);
    if (one) one.awayAtMs = nowMs;
  }

  /** Throws SESSION_NOT_FOUND. */
  reattach(down: RoomDown): void {
    const one = this.#watching.get(down);
    if (!one) throw new WarrenError("SESSION_NOT_FOUND");
    one.awayAtMs = undefined;
    this.#options.onChanged();
  }

  leave(down: RoomDown): void {
    if (this.#watching.delete(down)) this.#options.onChanged();
  }

  event(tick: number, eventId: number, payload: Uint8Array): void {
    for (const { down } of this.#watching.values()) down.event(tick, eventId, payload);
  }

  /** Lets go of those whose grace is over. */
  housekeep(nowMs: number): void {
    for (const one of this.#watching.values())
      if (one.awayAtMs !== undefined && nowMs - one.awayAtMs >= this.#options.graceMs) this.#giveUp(one);
  }

  #longestAway(): Spectator | undefined {
    let longest: Spectator | undefined;
    for (const one of this.#watching.values()) {
      if (one.awayAtMs === undefined) continue;
      if (longest?.awayAtMs === undefined || one.awayAtMs < longest.awayAtMs) longest = one;
    }
    return longest;
  }

  #giveUp({ down }: Spectator): void {
    this.leave(down);
    down.end("SESSION_NOT_FOUND", "The spectator was away too long.");
  }

  /** The room has ended. */
  end(code: ErrorCode, message: string): void {
    this.#ended = true;
    for (const down of this.#watching.keys()) down.end(code, message);
    this.#watching.clear();
  }
}
