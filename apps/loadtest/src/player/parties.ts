import type { TimerWheel } from "../run/timer-wheel.ts";
import type { Party } from "../scenario.ts";
import { OWN_CODES, StepError } from "./step-error.ts";

/** Who came first goes with those who are there then. */
const GATHER_MS = 5_000;
const TOLD_MS = 20_000;

interface Gathering {
  readonly waiting: ((party: (isLeader: boolean) => Party) => void)[];
  start(): void;
}

/** Where players of one process find those they go with. */
export class Parties {
  readonly #wheel: TimerWheel;
  readonly #gatherings = new Map<number, Gathering>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  /** `atEnd`: what undoes the waiting, when the player goes before. */
  gather(size: number, atEnd: (leave: () => void) => void): Promise<Party> {
    return new Promise((resolve) => {
      const gathering = this.#gatherings.get(size) ?? this.#open(size);
      const isIn = (party: (isLeader: boolean) => Party) => resolve(party(gathering.waiting[0] === isIn));
      gathering.waiting.push(isIn);
      atEnd(() => {
        const at = gathering.waiting.indexOf(isIn);
        // Whoever is in a party already stays: they have been told its size.
        if (at >= 0 && this.#gatherings.get(size) === gathering) gathering.waiting.splice(at, 1);
      });
      if (gathering.waiting.length >= size) gathering.start();
    });
  }

  #open(size: number): Gathering {
    const waiting: Gathering["waiting"] = [];
    const timer = this.#wheel.at(performance.now() + GATHER_MS, () => gathering.start());
    const gathering: Gathering = {
      waiting,
      start: () => {
        timer.stop();
        this.#gatherings.delete(size);
        const party = this.#party(waiting.length);
        for (const isIn of waiting) isIn(party);
      },
    };
    this.#gatherings.set(size, gathering);
    return gathering;
  }

  #party(size: number): (isLeader: boolean) => Party {
    let tell: (value: string) => void = () => {};
    const told = new Promise<string>((resolve, reject) => {
      const timer = this.#wheel.at(performance.now() + TOLD_MS, () =>
        reject(new StepError(OWN_CODES.TIMEOUT, "the party's leader told nothing")),
      );
      tell = (value) => {
        timer.stop();
        resolve(value);
      };
    });
    // Who does not ask is not bothered.
    told.catch(() => {});
    return (isLeader) => ({ isLeader, size, tell, told: () => told });
  }
}
