import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { ViewerEyes } from "@warren/schema";
import type { StateReader } from "./replication.ts";
import type { RoomDown } from "./room-link.ts";

/** Spectators of one room that a definition may let in. */
export const SPECTATORS_MAX = 100_000;

const NO_INPUTS = { consumedNumber: 0, waiting: 0 };

/** A session that watches, or a relay's reader that stands for several. */
class Spectator implements StateReader {
  readonly down: RoomDown;
  readonly eyes: ViewerEyes;
  readonly inputs = NO_INPUTS;
  /** Spectators it counts for. */
  standsFor = 1;
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
  #count = 0;
  #ended = false;

  constructor(options: SpectatorsOptions) {
    this.#options = options;
  }

  /** Connected or within their grace. */
  get count(): number {
    return this.#count;
  }
  get countMax(): number {
    return this.#options.countMax;
  }
  /** Nobody is to be told anything. */
  get isEmpty(): boolean {
    return this.#watching.size === 0;
  }
  [Symbol.iterator](): IterableIterator<StateReader> {
    return this.#watching.values();
  }

  /** Throws ROOM_NOT_WATCHABLE when so many more would be too many. */
  checkSpace(more: number): void {
    const { countMax } = this.#options;
    if (this.#count + more <= countMax) return;
    throw new WarrenError(
      "ROOM_NOT_WATCHABLE",
      countMax > 0 ? `The room takes ${countMax} spectators, and ${this.#count} watch.` : undefined,
    );
  }

  /** Throws ROOM_ENDED or ROOM_NOT_WATCHABLE. */
  attach(down: RoomDown): void {
    if (this.#ended) throw new WarrenError("ROOM_ENDED");
    this.checkSpace(1);
    this.#watching.set(down, new Spectator(down, this.#options.eyes));
    this.#add(1);
  }

  /** Makes one count for so many, from 0. Throws ROOM_NOT_WATCHABLE when that is too many: then it stays as it was. */
  standFor(down: RoomDown, count: number): void {
    const one = this.#watching.get(down);
    if (!one) return;
    const more = count - one.standsFor;
    if (more > 0) this.checkSpace(more);
    one.standsFor = count;
    this.#add(more);
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
    const one = this.#watching.get(down);
    if (!one) return;
    this.#watching.delete(down);
    this.#add(-one.standsFor);
  }

  event(tick: number, eventId: number, payload: Uint8Array): void {
    for (const { down } of this.#watching.values()) down.event(tick, eventId, payload);
  }

  /** Lets go of those whose grace is over. */
  housekeep(nowMs: number): void {
    for (const { down, awayAtMs } of this.#watching.values()) {
      if (awayAtMs === undefined || nowMs - awayAtMs < this.#options.graceMs) continue;
      this.leave(down);
      down.end("SESSION_NOT_FOUND", "The spectator was away too long.");
    }
  }

  /** The room has ended. */
  end(code: ErrorCode, message: string): void {
    this.#ended = true;
    for (const down of this.#watching.keys()) down.end(code, message);
    this.#watching.clear();
    this.#count = 0;
  }

  #add(count: number): void {
    this.#count += count;
    this.#options.onChanged();
  }
}
