import type { Candidate } from "./candidate.ts";
import type { Chunk, SkillIndex } from "./skill-index.ts";

/** The others of a seed's bucket, nearest in skill first, as far as `reach`. */
export function nearestFirst(seed: Candidate, reach: number, walk = new Walk()): Walk {
  const { chunk, skill } = seed;
  const place = chunk ? chunk.items.indexOf(seed) : 0;
  return walk.start(skill, reach, chunk, place, chunk, place);
}

/** Those of a bucket that are nearest to a skill. */
export function aroundSkill(index: SkillIndex, skill: number, reach: number): Walk {
  const at = index.find(skill);
  const place = at?.place ?? 0;
  return new Walk().start(skill, reach, at?.chunk, place, at?.chunk, place - 1);
}

/** Goes through an index to both sides; the index must not change meanwhile. Can be started again. */
export class Walk implements IterableIterator<Candidate, undefined> {
  #skill = Number.NaN;
  #reach = Number.NaN;
  #leftChunk: Chunk | undefined;
  #leftPlace = 0;
  #rightChunk: Chunk | undefined;
  #rightPlace = 0;
  /** Of the next on each side; infinitely far away: there is none. */
  #leftSkill = Number.NaN;
  #rightSkill = Number.NaN;

  start(
    skill: number,
    reach: number,
    leftChunk: Chunk | undefined,
    /** After the next to the left. */
    leftPlace: number,
    rightChunk: Chunk | undefined,
    /** Before the next to the right. */
    rightPlace: number,
  ): this {
    this.#skill = skill;
    this.#reach = reach;
    this.#leftChunk = leftChunk;
    this.#leftPlace = leftPlace;
    this.#rightChunk = rightChunk;
    this.#rightPlace = rightPlace;
    this.#goLeft();
    this.#goRight();
    return this;
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
