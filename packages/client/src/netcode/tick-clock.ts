import { InputError } from "@warren/kernel";
import { quantileOf } from "./quantile.ts";

/** States remembered: about four seconds at 30 a second, so clocks that drift by 200 ppm are off by 1 ms at the most. */
const ARRIVALS_KEPT = 128;
const ROUND_TRIPS_KEPT = 8;
/** Of the states remembered, this part may come too late to be drawn in time: what is rarer than that is not waited for. */
const LATE_PART = 0.03;
/** Until so many states were measured, no less than this: enough for a room that sends every second tick, and some jitter. */
const FIRST_DELAY_TICKS = 3;
const FIRST_STATES = 16;
/** A state that follows within this part of a tick waited behind the one before it, and says nothing of its own. */
const BURST_PART = 0.25;
/** Further away than this from where it should be, the shown tick jumps there. */
const JUMP_MS = 500;
/** A silence longer than this is a lost connection and no jitter. */
const SILENCE_MS = 1_000;
/** The shown tick closes this part of what it is off by within a tick, running this much slower or faster at the most. */
const PULL_PER_TICK = 0.1;
const SLOWER_MAX = 0.25;
const FASTER_MAX = 0.15;

/**
 * What tick it is, told from when states arrive and how long round trips take. A function of what it is told: all
 * moments are of one monotonic clock, ms.
 *
 * A state of tick `t` that took the fastest way arrives at `base + t × period`; `base` is the least of the last 128
 * states. The later the others come, and the fewer ticks are sent, the further behind is what is drawn.
 */
export class TickClock {
  readonly #periodMs: number;
  /** When tick 0 would have arrived, by each state: arrival − tick × period; ms. */
  readonly #offsetsMs: number[] = [];
  /** Ticks since the state before; undefined: not to be learnt from. */
  readonly #gaps: (number | undefined)[] = [];
  readonly #roundTripsMs: number[] = [];
  #newestTick = -1;
  #newestAtMs = 0;
  #baseMs = 0;
  #delayTicks = FIRST_DELAY_TICKS;
  #jitterMs = 0;
  #shown: number | undefined;
  #shownAtMs = 0;

  /** Throws InputError when `tickHz` is not above 0. */
  constructor(tickHz: number) {
    if (!(tickHz > 0))
      throw new InputError("tickHz", tickHz, "above 0: a room without ticks has no tick clock");
    this.#periodMs = 1000 / tickHz;
  }

  /** A state has arrived. */
  state(tick: number, nowMs: number): void {
    if (tick < this.#newestTick) this.#forget();
    const gap = tick - this.#newestTick;
    const isFirst = this.#newestTick < 0;
    const isSilent = gap * this.#periodMs > SILENCE_MS;
    const isBurst = nowMs - this.#newestAtMs < BURST_PART * this.#periodMs;
    this.#newestTick = tick;
    this.#newestAtMs = nowMs;
    this.#offsetsMs.push(nowMs - tick * this.#periodMs);
    this.#gaps.push(isFirst || isSilent || isBurst ? undefined : gap);
    if (this.#offsetsMs.length > ARRIVALS_KEPT) {
      this.#offsetsMs.shift();
      this.#gaps.shift();
    }
    this.#measure();
  }

  /** An answer has come, so long after its question. */
  roundTrip(ms: number): void {
    this.#roundTripsMs.push(ms);
    if (this.#roundTripsMs.length > ROUND_TRIPS_KEPT) this.#roundTripsMs.shift();
  }

  /** Median of the last round trips, ms; 0: not known yet. */
  get rttMs(): number {
    return quantileOf(this.#roundTripsMs, 0.5);
  }

  /** The fastest of the last round trips, ms; 0: not known yet. */
  get rttMinMs(): number {
    return quantileOf(this.#roundTripsMs, 0);
  }

  /** How much later than by the fastest way states come, but for the latest 3 %; ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** What {@link shownTick} answered last; undefined: it was not asked. */
  get shown(): number | undefined {
    return this.#shown;
  }

  /** How far behind the newest state, had it come by the fastest way, the shown tick wants to be. */
  get delayTicks(): number {
    return this.#delayTicks;
  }

  /** The tick the room is at now; most often not a whole one. Half of the fastest round trip is taken as the way here. */
  roomTick(nowMs: number): number {
    return (nowMs - this.#baseMs + this.rttMinMs / 2) / this.#periodMs;
  }

  /**
   * The moment of the room to draw now, in ticks. Never goes back (but when the room itself does, as after a fail-over),
   * never passes the newest state, and jumps only after a stall.
   */
  shownTick(nowMs: number): number {
    if (this.#newestTick < 0) return 0;
    const wanted = Math.max(0, (nowMs - this.#baseMs) / this.#periodMs - this.#delayTicks);
    if (this.#shown === undefined) this.#shown = Math.min(wanted, this.#newestTick);
    else if (nowMs > this.#shownAtMs)
      this.#shown = Math.max(this.#shown, Math.min(this.#next(wanted, nowMs), this.#newestTick));
    else return this.#shown;
    this.#shownAtMs = nowMs;
    return this.#shown;
  }

  #next(wanted: number, nowMs: number): number {
    const ticks = (nowMs - this.#shownAtMs) / this.#periodMs;
    const off = wanted - (this.#shown as number) - ticks;
    if (Math.abs(off) * this.#periodMs > JUMP_MS) return wanted;
    const pull = Math.min(Math.max(off * PULL_PER_TICK, -SLOWER_MAX), FASTER_MAX);
    return (this.#shown as number) + ticks * (1 + pull);
  }

  /** What is drawn runs dry just before a state arrives: its lateness and the ticks since the one before have to be waited for. */
  #measure(): void {
    this.#baseMs = Math.min(...this.#offsetsMs);
    const latenessMs: number[] = [];
    const needs: number[] = [];
    this.#gaps.forEach((gap, i) => {
      if (gap === undefined) return;
      const lateMs = this.#offsetsMs[i]! - this.#baseMs;
      latenessMs.push(lateMs);
      needs.push(gap + lateMs / this.#periodMs);
    });
    this.#jitterMs = quantileOf(latenessMs, 1 - LATE_PART);
    const needed = quantileOf(needs, 1 - LATE_PART);
    this.#delayTicks = needs.length < FIRST_STATES ? Math.max(needed, FIRST_DELAY_TICKS) : needed;
  }

  /** The room is another copy, at an earlier tick: nothing that was measured holds but the round trips. */
  #forget(): void {
    this.#offsetsMs.length = this.#gaps.length = 0;
    this.#newestTick = -1;
    this.#shown = undefined;
    this.#delayTicks = FIRST_DELAY_TICKS;
    this.#jitterMs = 0;
  }
}
