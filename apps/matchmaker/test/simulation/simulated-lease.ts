import { type HeldLease, LEASE_TTL_MS, type Lease } from "@warren/cluster";
import type { Life, Scheduler } from "./scheduler.ts";

/** A replica is told that it has the lease while another one does, this often, in percent. */
const LIE = 15;

/** The decider's lease. Nothing may be safe because of it, so it lies. */
export class SimulatedLease {
  readonly #scheduler: Scheduler;
  #holder: Life | undefined;
  #untilMs = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  of(life: Life): Lease {
    return {
      acquire: () => this.#scheduler.call(life, () => this.#acquire(life)),
      watch: () => Promise.resolve(() => {}),
    };
  }

  #acquire(life: Life): HeldLease | undefined {
    const isFree = this.#holder === undefined || this.#scheduler.nowMs >= this.#untilMs;
    if (!isFree && !this.#scheduler.chance(LIE)) return undefined;
    this.#hold(life);
    return {
      renew: () =>
        this.#scheduler.call(life, () => {
          if (this.#holder !== life) return this.#scheduler.chance(50);
          this.#hold(life);
          return true;
        }),
      release: () =>
        this.#scheduler.call(life, () => {
          if (this.#holder === life) this.#holder = undefined;
        }),
    };
  }

  #hold(life: Life): void {
    this.#holder = life;
    this.#untilMs = this.#scheduler.nowMs + LEASE_TTL_MS.decider;
  }
}
