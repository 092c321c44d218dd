import type { Candidate } from "./candidate.ts";

const SLOTS = 1_024;
const SLOT_MS = 25;

/** A candidate's place in the wheel, and its neighbours there. */
export interface Timer {
  readonly candidate: Candidate;
  /** In decider's time. */
  readonly dueMs: number;
  readonly slot: number;
  next: Timer | undefined;
  prev: Timer | undefined;
}

/**
 * Who is looked at again at what time. Adding and removing is O(1); what is due later than a turn of the wheel, 25.6 s,
 * is passed over until its turn. Exact to the millisecond, as slots are read again until their time is over.
 */
export class TimerWheel {
  readonly #slots: (Timer | undefined)[] = new Array<Timer | undefined>(SLOTS).fill(undefined);
  /** Not later than the first of each slot. */
  readonly #firstMs = new Float64Array(SLOTS).fill(Number.POSITIVE_INFINITY);
  /** Number of the slot time has come to, not wrapped. */
  #reached = Number.NaN;

  add(candidate: Candidate, dueMs: number): void {
    this.remove(candidate);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    // What is over already is due in the slot that is read next.
    const slot = Math.max(Math.floor(dueMs / SLOT_MS), this.#reached || 0) % SLOTS;
    const next = this.#slots[slot];
    const timer: Timer = { candidate, dueMs, slot, next, prev: undefined };
    if (next) next.prev = timer;
    this.#slots[slot] = timer;
    candidate.timer = timer;
    if (dueMs < this.#firstMs[slot]!) this.#firstMs[slot] = dueMs;
  }

  remove(candidate: Candidate): void {
    const { timer } = candidate;
    if (!timer) return;
    const { slot, next, prev } = timer;
    if (prev) prev.next = next;
    else this.#slots[slot] = next;
    if (next) next.prev = prev;
    candidate.timer = undefined;
  }

  /** Hands out all that is due, each once and no longer in the wheel. False: `isOver` said so before the end. */
  advance(nowMs: number, isOver: () => boolean, due: (candidate: Candidate) => void): boolean {
    const target = Math.max(0, Math.floor(nowMs / SLOT_MS));
    let at = Number.isNaN(this.#reached) ? target - SLOTS + 1 : Math.max(this.#reached, target - SLOTS + 1);
    let handed = 0;
    for (; at <= target; at++) {
      const slot = ((at % SLOTS) + SLOTS) % SLOTS;
      this.#reached = Math.max(at, 0);
      if (this.#firstMs[slot]! > nowMs) continue;
      this.#firstMs[slot] = Number.POSITIVE_INFINITY;
      for (let each = this.#slots[slot]; each; ) {
        const { candidate, next }: Timer = each;
        if (each.dueMs <= nowMs) {
          this.remove(candidate);
          due(candidate);
          if (++handed % 256 === 0 && isOver()) {
            this.#firstMs[slot] = nowMs;
            return false;
          }
        } else if (each.dueMs < this.#firstMs[slot]!) this.#firstMs[slot] = each.dueMs;
        each = next;
      }
    }
    return true;
  }

  /** When the first is due; infinite: nobody. May be early when who was first is gone. */
  get nextMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const ms of this.#firstMs) if (ms < first) first = ms;
    return first;
  }
}
