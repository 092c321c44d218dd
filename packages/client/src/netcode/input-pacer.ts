/** Numbers whose time is remembered: more than are ever on their way. */
const STEPS_KEPT = 256;
/** States looked at: two seconds at 30 a second. */
const STATES_KEPT = 64;
/** Steps taken ahead at the start, so that one input waits at the room from the beginning. */
const LEAD_STEPS = 1;
/** So many steps a page may be late with and still take them all; of more, only the newest is worth taking. */
const STEPS_AT_ONCE_MAX = 3;
/** The fewest inputs that may wait at the room after a tick, and the most that may before more are refused. */
const WAITING_MIN = 1;
const WAITING_MAX = 6;
/** How much faster steps come when too few wait, and slower when too many do. */
const FASTER_MAX = 0.05;
const SLOWER_MAX = 0.1;
/** Inputs that come later than this many ticks are not caught up with by stepping faster. */
const LATE_TICKS_MAX = 2;

/** A step to take: from when to when it is, on the page's clock. */
export interface Step {
  readonly number: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * When to sample and send an input, and under which number. The room takes one number every tick, so a step is one tick
 * long; it is made up to a few percent shorter or longer so that one to two inputs wait at the room: as many as the
 * jitter of the way there makes necessary. A function of what it is told; all moments are of one monotonic clock, ms.
 */
export class InputPacer {
  readonly #periodMs: number;
  /** When the next step is due; undefined: no steps are taken. */
  #nextMs: number | undefined;
  #number = 0;
  /** How much earlier than at an even pace steps come by now, in ticks. */
  #ahead = 0;
  /** By number modulo STEPS_KEPT: when it was due, and how far ahead it was. */
  readonly #dueMs: number[] = [];
  readonly #aheadOf: number[] = [];
  /** Inputs that waited, each as if its step had been at an even pace. */
  readonly #waiting: number[] = [];
  /** What is said of numbers before this one was true of another pace. */
  #validFrom = 1;

  constructor(tickHz: number) {
    this.#periodMs = 1000 / tickHz;
  }

  /** When `take` has a step again, ms; undefined: it is stopped. */
  get nextMs(): number | undefined {
    return this.#nextMs;
  }

  /** Number of the last step. */
  get number(): number {
    return this.#number;
  }

  /** Begins, or begins again after a lost connection, above a number: the first input sets the pace at which the room counts. */
  start(nowMs: number, lastNumber: number): void {
    this.#number = lastNumber;
    this.#validFrom = lastNumber + 1;
    this.#nextMs = nowMs - LEAD_STEPS * this.#periodMs;
    this.#ahead = 0;
    this.#waiting.length = 0;
  }

  stop(): void {
    this.#nextMs = undefined;
  }

  /** The next step that is due, or undefined. Numbers are left out after a stall of the page: those inputs would be stale. */
  take(nowMs: number): Step | undefined {
    if (this.#nextMs === undefined || nowMs < this.#nextMs) return undefined;
    this.#leaveOutStale(nowMs);
    const fromMs = this.#nextMs;
    const untilMs = fromMs + this.#periodMs / (1 + this.#nudge());
    this.#nextMs = untilMs;
    this.#ahead += 1 - (untilMs - fromMs) / this.#periodMs;
    const number = ++this.#number;
    this.#dueMs[number % STEPS_KEPT] = fromMs;
    this.#aheadOf[number % STEPS_KEPT] = this.#ahead;
    return { number, fromMs, untilMs };
  }

  /**
   * What a state says: `consumed` inputs were taken and `waiting` were there for later. `rttMs` is the fastest round
   * trip: an input the room took sooner than that after it was sent was not there, so the next ones are too late as well.
   */
  stated(consumed: number, waiting: number, nowMs: number, rttMs: number): void {
    if (this.#nextMs === undefined) return;
    this.#leaveOutStale(nowMs);
    if (consumed < this.#validFrom) return;
    const lateTicks = (rttMs - (nowMs - this.#dueAtMs(consumed))) / this.#periodMs;
    const isLate = waiting === 0 && lateTicks > LATE_TICKS_MAX;
    const count = Math.max(consumed - this.#number, isLate ? Math.ceil(lateTicks) + LEAD_STEPS : 0);
    if (count > 0) {
      this.#leaveOut(count);
      this.#ahead += count;
      this.#waiting.length = 0;
      return;
    }
    const newest = Math.min(consumed + waiting, this.#number);
    this.#waiting.push(waiting - (this.#aheadOf[newest % STEPS_KEPT] ?? 0));
    if (this.#waiting.length > STATES_KEPT) this.#waiting.shift();
  }

  /** The room goes on while a page stalls: so do the numbers. */
  #leaveOutStale(nowMs: number): void {
    const missed = Math.floor((nowMs - (this.#nextMs as number)) / this.#periodMs);
    if (missed < STEPS_AT_ONCE_MAX) return;
    this.#leaveOut(missed);
    (this.#nextMs as number) += missed * this.#periodMs;
  }

  #leaveOut(count: number): void {
    this.#number += count;
    this.#validFrom = this.#number + 1;
  }

  /** When a number was due, or will be. */
  #dueAtMs(number: number): number {
    const known = number <= this.#number ? this.#dueMs[number % STEPS_KEPT] : undefined;
    return known ?? (this.#nextMs as number) + (number - this.#number - 1) * this.#periodMs;
  }

  /** How much faster than even the next step is. The effect of what is on its way is known, so nothing is overdone. */
  #nudge(): number {
    if (this.#waiting.length === 0) return 0;
    const few = Math.min(...this.#waiting) + this.#ahead - WAITING_MIN;
    if (few >= 1) return -Math.min((few - 0.5) * FASTER_MAX, SLOWER_MAX);
    const isFull = Math.max(...this.#waiting) + this.#ahead >= WAITING_MAX;
    return few >= 0 || isFull ? 0 : Math.max(0.2, Math.min(1, -few)) * FASTER_MAX;
  }
}
