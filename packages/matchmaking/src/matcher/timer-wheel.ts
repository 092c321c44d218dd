import type { Candidate } from "./candidate.ts";

const SLOTS = 1_024;
const SLOT_MS = 25;

/**
 * Who is looked at again at what time. Adding and removing is O(1); what is due later than a turn of the wheel, 25.6 s,
 * is passed over until its turn. Exact to the millisecond, as slots are read again until their time is over.
 */
export class TimerWheel {
  readonly #slots: (Candidate | undefined)[] = new Array<Candidate | undefined>(SLOTS).fill(undefined);
  /** Not later than the first of each slot. */
  readonly #firstMs = new Float64Array(SLOTS).fill(Number.POSITIVE_INFINITY);
  /** Number of the slot time has come to, not wrapped. */
  #reached = Number.NaN;

  add(candidate: Candidate, dueMs: number): void {
    this.remove(candidate);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    // What is over already is due in the slot that is read next.
    const slot = Math.max(Math.floor(dueMs / SLOT_MS), this.#reached || 0) % SLOTS;
    const head = this.#slots[slot];
    candidate.dueMs = dueMs;
    candidate.slot = slot;
    candidate.nextDue = head;
    if (head) head.prevDue = candidate;
    this.#slots[slot] = candidate;
    if (dueMs < this.#firstMs[slot]!) this.#firstMs[slot] = dueMs;
  }

  remove(candidate: Candidate): void {
    const { slot, nextDue, prevDue } = candidate;
    if (slot < 0) return;
    if (prevDue) prevDue.nextDue = nextDue;
    else this.#slots[slot] = nextDue;
    if (nextDue) nextDue.prevDue = prevDue;
    candidate.slot = -1;
    candidate.nextDue = undefined;
    candidate.prevDue = undefined;
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
        const next: Candidate | undefined = each.nextDue;
        if (each.dueMs <= nowMs) {
          this.remove(each);
          due(each);
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
