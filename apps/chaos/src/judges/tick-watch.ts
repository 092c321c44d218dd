/** Follows the ticks a player is shown, and counts how often the room stood still. Times are monotonic, ms. */
export class TickWatch {
  /** Times no newer tick was shown for longer than the limit. A standstill that goes on counts once. */
  missed = 0;
  /** The longest time without a newer tick, ms. */
  longestMs = 0;
  readonly #gapMsMax: number;
  #tick = 0;
  #sinceMs: number;
  #isStanding = false;

  constructor(gapMsMax: number, nowMs: number) {
    this.#gapMsMax = gapMsMax;
    this.#sinceMs = nowMs;
  }

  shown(tick: number, nowMs: number): void {
    if (tick <= this.#tick) return;
    this.look(nowMs);
    this.#tick = tick;
    this.#sinceMs = nowMs;
    this.#isStanding = false;
  }

  /** Called now and then, for when nothing is shown at all. */
  look(nowMs: number): void {
    const gapMs = nowMs - this.#sinceMs;
    this.longestMs = Math.max(this.longestMs, gapMs);
    if (gapMs <= this.#gapMsMax || this.#isStanding) return;
    this.#isStanding = true;
    this.missed++;
  }

  /** What was before does not count: the player could not know, or whoever looks was held up itself. */
  forgive(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#isStanding = false;
  }
}
