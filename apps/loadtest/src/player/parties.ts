import { type Clock, Prng } from "@warren/kernel";
import { seedOf } from "../seed.ts";

/** As a clock's. */
type After = Clock["after"];

/** How many go together: always so many, or drawn for each party. From 1. */
export type PartySize = number | ((random: Prng) => number);

/** Players of one generator process who go together. */
export interface Party {
  /** The party's own, the same for each member: what they draw alike they do alike. */
  readonly random: Prng;
  /** @internal */
  readonly seed: number;
  /** May be fewer than were asked for, when no more came for a while. */
  readonly size: number;
  /** From 0, in the order of the players' numbers. */
  readonly index: number;
  /** The first of them. */
  readonly isLeader: boolean;
  /** Hands all of them something, such as a lobby's join code. */
  tell(value: string): void;
  /** What was told next, from the first on. Rejects when nothing comes within {@link PARTY_WAIT_MS}. */
  told(): Promise<string>;
}

/** How long a party waits for who is missing, and its members for what they are told. */
export const PARTY_WAIT_MS = 10_000;

/**
 * Puts the players of a scenario together by their places, in parties whose sizes the seed has: who is with whom is the
 * same in every run, however fast they come. Who comes after the party has left is with those who are late too.
 */
export class Parties {
  readonly #after: After;
  readonly #seed: number;
  readonly #onTimeout: () => Error;
  /** Of each plan, where each party begins. */
  readonly #plans = new Map<string, number[]>();
  readonly #gatherings = new Map<string, Gathering>();
  /** How often each party has met. */
  readonly #meetings = new Map<string, number>();

  constructor(options: { readonly after: After; readonly seed: number; readonly onTimeout: () => Error }) {
    this.#after = options.after;
    this.#seed = options.seed;
    this.#onTimeout = options.onTimeout;
  }

  /**
   * Waits for the others. `of` names the scenario, `nth` is the player's place among those of the scenario, from 0; all of
   * them have to say the same `size`. `atEnd` takes what undoes the waiting, for who goes before.
   */
  meet(of: string, nth: number, size: PartySize, atEnd: (undo: () => void) => void): Promise<Party> {
    const plan = `${of} ${typeof size === "number" ? size : ""}`;
    const { number, begin, end } = this.#partyOf(plan, nth, size);
    const key = `${plan} ${number}`;
    return new Promise((resolve) => {
      let gathering = this.#gatherings.get(key);
      if (!gathering) {
        const meeting = this.#meetings.get(key) ?? 0;
        this.#meetings.set(key, meeting + 1);
        gathering = new Gathering(seedOf(this.#seed, number, meeting), this.#after, this.#onTimeout);
        this.#gatherings.set(key, gathering);
        gathering.cancelWait = this.#after(PARTY_WAIT_MS, () => this.#leave(key));
      }
      const { waiting } = gathering;
      const member = { nth, resolve };
      waiting.push(member);
      // Whoever is in a party already stays: the others know its size.
      atEnd(() => {
        if (this.#gatherings.get(key)?.waiting === waiting) waiting.splice(waiting.indexOf(member), 1);
      });
      if (waiting.length === end - begin) this.#leave(key);
    });
  }

  #leave(key: string): void {
    this.#gatherings.get(key)?.leave();
    this.#gatherings.delete(key);
  }

  #partyOf(plan: string, nth: number, size: PartySize): { number: number; begin: number; end: number } {
    const begins = this.#plans.get(plan) ?? [0];
    this.#plans.set(plan, begins);
    while (begins.at(-1)! <= nth) {
      const number = begins.length - 1;
      const drawn = typeof size === "number" ? size : size(new Prng(seedOf(this.#seed, number)));
      begins.push(begins.at(-1)! + Math.max(1, Math.floor(drawn)));
    }
    // Those who come now are mostly at the end.
    const number = begins.findLastIndex((begin) => begin <= nth);
    return { number, begin: begins[number]!, end: begins[number + 1]! };
  }
}

/** A party while it is met, and what its members say to each other. */
class Gathering {
  readonly waiting: { readonly nth: number; readonly resolve: (party: Party) => void }[] = [];
  cancelWait = () => {};
  readonly #seed: number;
  readonly #after: After;
  readonly #onTimeout: () => Error;
  readonly #said: string[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(seed: number, after: After, onTimeout: () => Error) {
    this.#seed = seed;
    this.#after = after;
    this.#onTimeout = onTimeout;
  }

  leave(): void {
    this.cancelWait();
    this.waiting.sort((a, b) => a.nth - b.nth);
    for (const [index, { resolve }] of this.waiting.entries()) resolve(this.#memberOf(index));
  }

  #memberOf(index: number): Party {
    let heard = 0;
    return {
      random: new Prng(this.#seed),
      seed: this.#seed,
      size: this.waiting.length,
      index,
      isLeader: index === 0,
      tell: (value) => {
        this.#said.push(value);
        for (const listener of [...this.#listeners]) listener();
      },
      told: () =>
        new Promise((resolve, reject) => {
          const place = heard++;
          const listen = () => {
            if (this.#said.length <= place) return;
            done();
            resolve(this.#said[place]!);
          };
          const cancel = this.#after(PARTY_WAIT_MS, () => {
            done();
            reject(this.#onTimeout());
          });
          const done = () => {
            cancel();
            this.#listeners.delete(listen);
          };
          this.#listeners.add(listen);
          listen();
        }),
    };
  }
}
