import type { Candidate } from "./candidate.ts";
import type { Chunk, SkillIndex } from "./skill-index.ts";

/** The others of a seed's bucket, nearest in skill first, as far as `reach`. */
export function nearestFirst(seed: Candidate, reach: number): Walk {
  const { chunk, skill } = seed;
  const place = chunk ? chunk.items.indexOf(seed) : 0;
  return new Walk(skill, reach, chunk, place, chunk, place + 1);
}

/** Those of a bucket that are nearest to a skill. */
export function aroundSkill(index: SkillIndex, skill: number, reach: number): Walk {
  const at = index.find(skill);
  return new Walk(skill, reach, at?.chunk, at?.place ?? 0, at?.chunk, at?.place ?? 0);
}

/** Goes through an index to both sides; the index must not change meanwhile. */
export class Walk implements IterableIterator<Candidate, undefined> {
  readonly #skill: number;
  readonly #reach: number;
  /** The next to the left is before this place, the next to the right at it. */
  #leftChunk: Chunk | undefined;
  #leftPlace: number;
  #rightChunk: Chunk | undefined;
  #rightPlace: number;
  #left: Candidate | undefined;
  #right: Candidate | undefined;

  constructor(
    skill: number,
    reach: number,
    leftChunk: Chunk | undefined,
    leftPlace: number,
    rightChunk: Chunk | undefined,
    rightPlace: number,
  ) {
    this.#skill = skill;
    this.#reach = reach;
    this.#leftChunk = leftChunk;
    this.#leftPlace = leftPlace;
    this.#rightChunk = rightChunk;
    this.#rightPlace = rightPlace;
    this.#left = this.#goLeft();
    this.#right = this.#goRight();
  }

  /** The next one, without the ceremony of an iterator. */
  take(): Candidate | undefined {
    const left = this.#left;
    const right = this.#right;
    if (left && (!right || this.#skill - left.skill <= right.skill - this.#skill)) {
      this.#left = this.#goLeft();
      return left;
    }
    if (right) this.#right = this.#goRight();
    return right;
  }

  next(): IteratorResult<Candidate, undefined> {
    const value = this.take();
    return value ? { value, done: false } : { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #goLeft(): Candidate | undefined {
    while (this.#leftChunk && this.#leftPlace === 0) {
      this.#leftChunk = this.#leftChunk.prev;
      this.#leftPlace = this.#leftChunk?.items.length ?? 0;
    }
    const next = this.#leftChunk?.items[--this.#leftPlace];
    return next && this.#skill - next.skill <= this.#reach ? next : undefined;
  }

  #goRight(): Candidate | undefined {
    while (this.#rightChunk && this.#rightPlace >= this.#rightChunk.items.length) {
      this.#rightChunk = this.#rightChunk.next;
      this.#rightPlace = 0;
    }
    const next = this.#rightChunk?.items[this.#rightPlace++];
    return next && next.skill - this.#skill <= this.#reach ? next : undefined;
  }
}
