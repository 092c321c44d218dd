import type { Candidate } from "./candidate.ts";
import type { Chunk, SkillIndex } from "./skill-index.ts";

/** The others of a seed's bucket, nearest in skill first, as far as `reach`. */
export function nearestFirst(seed: Candidate, reach: number): Walk {
  const { chunk, skill } = seed;
  const place = chunk ? chunk.items.indexOf(seed) : 0;
  return new Walk(skill, reach, chunk, place, chunk, place);
}

/** Those of a bucket that are nearest to a skill. */
export function aroundSkill(index: SkillIndex, skill: number, reach: number): Walk {
  const at = index.find(skill);
  return new Walk(skill, reach, at?.chunk, at?.place ?? 0, at?.chunk, (at?.place ?? 0) - 1);
}

/** Goes through an index to both sides; the index must not change meanwhile. */
export class Walk implements IterableIterator<Candidate, undefined> {
  readonly #skill: number;
  readonly #reach: number;
  #leftChunk: Chunk | undefined;
  #leftPlace: number;
  #rightChunk: Chunk | undefined;
  #rightPlace: number;
  /** Of the next on each side; infinitely far away: there is none. */
  #leftSkill = 0;
  #rightSkill = 0;

  constructor(
    skill: number,
    reach: number,
    leftChunk: Chunk | undefined,
    /** After the next to the left. */
    leftPlace: number,
    rightChunk: Chunk | undefined,
    /** Before the next to the right. */
    rightPlace: number,
  ) {
    this.#skill = skill;
    this.#reach = reach;
    this.#leftChunk = leftChunk;
    this.#leftPlace = leftPlace;
    this.#rightChunk = rightChunk;
    this.#rightPlace = rightPlace;
    this.#goLeft();
    this.#goRight();
  }

  /** The next one, without the ceremony of an iterator. */
  take(): Candidate | undefined {
    const left = this.#skill - this.#leftSkill;
    const right = this.#rightSkill - this.#skill;
    if (!(left <= this.#reach) && !(right <= this.#reach)) return undefined;
    let next: Candidate | undefined;
    if (left <= right) {
      next = this.#leftChunk?.items[this.#leftPlace];
      this.#goLeft();
    } else {
      next = this.#rightChunk?.items[this.#rightPlace];
      this.#goRight();
    }
    return next;
  }

  next(): IteratorResult<Candidate, undefined> {
    const value = this.take();
    return value ? { value, done: false } : { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #goLeft(): void {
    while (this.#leftChunk && this.#leftPlace === 0) {
      this.#leftChunk = this.#leftChunk.prev;
      this.#leftPlace = this.#leftChunk?.items.length ?? 0;
    }
    this.#leftPlace--;
    this.#leftSkill = this.#leftChunk ? this.#leftChunk.skills[this.#leftPlace]! : Number.NEGATIVE_INFINITY;
  }

  #goRight(): void {
    this.#rightPlace++;
    while (this.#rightChunk && this.#rightPlace >= this.#rightChunk.items.length) {
      this.#rightChunk = this.#rightChunk.next;
      this.#rightPlace = 0;
    }
    this.#rightSkill = this.#rightChunk
      ? this.#rightChunk.skills[this.#rightPlace]!
      : Number.POSITIVE_INFINITY;
  }
}
