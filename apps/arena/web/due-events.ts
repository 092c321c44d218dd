/** Later than this nothing is shown any more: the page was hidden, and what happened meanwhile would come all at once. */
const LATE_MS_MAX = 1_000;
/** More wait only while nothing is drawn; then the oldest would be too late anyway. */
const WAITING_MAX = 256;

/** Events that wait until what is drawn has come to their tick. */
export class DueEvents {
  readonly #lateTicksMax: number;
  #waiting: { readonly tick: number; readonly show: () => void }[] = [];

  constructor(tickHz: number) {
    this.#lateTicksMax = (LATE_MS_MAX / 1_000) * tickHz;
  }

  at(tick: number, show: () => void): void {
    this.#waiting.push({ tick, show });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
  }

  /** Shows what is due at a tick, in order, and drops what is too late by then. */
  advance(tick: number): void {
    const due = this.#waiting.filter((event) => event.tick <= tick);
    this.#waiting = this.#waiting.filter((event) => event.tick > tick);
    for (const event of due) if (event.tick >= tick - this.#lateTicksMax) event.show();
  }
}
