import { type Candidate, isBefore } from "./candidate.ts";

/** A chunk that has so many is cut in two; a removal moves at most so many. */
const CHUNK_MAX = 128;
const CHUNK_FILL = 96;

export interface Chunk {
  readonly index: SkillIndex;
  readonly items: Candidate[];
  /** Their skills, side by side: a walk touches no candidate that is too far away. */
  readonly skills: Float64Array;
  next: Chunk | undefined;
  prev: Chunk | undefined;
}

/** Candidates of one bucket in the order of skill, equal ones oldest first: a sorted list in chunks. */
export class SkillIndex {
  size = 0;
  readonly #chunks: Chunk[] = [];

  /** The lowest. */
  get first(): Chunk | undefined {
    return this.#chunks[0];
  }

  /** Takes many at once into an empty index. */
  fill(candidates: Candidate[]): void {
    sortBySkill(candidates);
    for (let from = 0; from < candidates.length; from += CHUNK_FILL)
      this.#addChunk(this.#chunks.length, candidates.slice(from, from + CHUNK_FILL));
    this.size = candidates.length;
  }

  insert(candidate: Candidate): void {
    this.size++;
    const at = Math.max(0, this.#chunkAfter(candidate) - 1);
    const chunk = this.#chunks[at] ?? this.#addChunk(0, []);
    const place = placeIn(chunk, candidate);
    chunk.items.splice(place, 0, candidate);
    chunk.skills.copyWithin(place + 1, place);
    chunk.skills[place] = candidate.skill;
    candidate.chunk = chunk;
    if (chunk.items.length < CHUNK_MAX) return;
    this.#addChunk(at + 1, chunk.items.splice(CHUNK_MAX / 2));
  }

  remove(candidate: Candidate): void {
    const chunk = candidate.chunk!;
    const place = chunk.items.indexOf(candidate);
    // As `splice` does it, without a list of what was removed.
    for (let i = place + 1; i < chunk.items.length; i++) chunk.items[i - 1] = chunk.items[i]!;
    chunk.items.pop();
    chunk.skills.copyWithin(place, place + 1);
    this.size--;
    candidate.chunk = undefined;
    if (chunk.items.length > 0) return;
    if (chunk.prev) chunk.prev.next = chunk.next;
    if (chunk.next) chunk.next.prev = chunk.prev;
    this.#chunks.splice(this.#chunkAfter(candidate, chunk), 1);
  }

  /** The chunk, and the place in it, of the first candidate of at least this skill; past the end of the last one. */
  find(skill: number): { readonly chunk: Chunk; readonly place: number } | undefined {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#chunks[middle]!.skills[0]! < skill) low = middle + 1;
      else high = middle;
    }
    const chunk = this.#chunks[Math.max(0, low - 1)];
    if (!chunk) return undefined;
    let place = 0;
    while (place < chunk.items.length && chunk.skills[place]! < skill) place++;
    return { chunk, place };
  }

  *[Symbol.iterator](): Iterator<Candidate> {
    for (const { items } of this.#chunks) yield* items;
  }

  /** Place of the first chunk that begins after the candidate, or of `empty`, which held only it. */
  #chunkAfter(candidate: Candidate, empty?: Chunk): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle]!;
      if (chunk === empty) return middle;
      if (compare(chunk.items[0]!, candidate) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #addChunk(at: number, items: Candidate[]): Chunk {
    const skills = new Float64Array(CHUNK_MAX);
    for (let i = 0; i < items.length; i++) skills[i] = items[i]!.skill;
    const chunk: Chunk = { index: this, items, skills, prev: this.#chunks[at - 1], next: this.#chunks[at] };
    if (chunk.prev) chunk.prev.next = chunk;
    if (chunk.next) chunk.next.prev = chunk;
    if (at === this.#chunks.length) this.#chunks.push(chunk);
    else this.#chunks.splice(at, 0, chunk);
    for (const candidate of items) candidate.chunk = chunk;
    return chunk;
  }
}

function compare(a: Candidate, b: Candidate): number {
  return a.skill - b.skill || (isBefore(a, b) ? -1 : 1);
}

/**
 * Sorts by numbers that carry skill and place, which is three times as quick as comparing; then mends what was rounded.
 * What it compares stands side by side: candidates lie all over memory.
 */
function sortBySkill(candidates: Candidate[]): void {
  const before = candidates.slice();
  const skills = new Float64Array(before.length);
  const bornMs = new Float64Array(before.length);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < before.length; i++) {
    const skill = before[i]!.skill;
    skills[i] = skill;
    bornMs[i] = before[i]!.bornMs;
    if (skill < low) low = skill;
    if (skill > high) high = skill;
  }
  const places = 2 ** 21;
  if (before.length > places || !(high - low < Number.MAX_VALUE)) {
    candidates.sort(compare);
    return;
  }
  const scale = high > low ? (2 ** 31 - 1) / (high - low) : 0;
  const keys = new Float64Array(before.length);
  for (let i = 0; i < keys.length; i++) keys[i] = Math.floor((skills[i]! - low) * scale) * places + i;
  keys.sort();
  const sorted = new Int32Array(before.length);
  const difference = (a: number, b: number) =>
    skills[a]! - skills[b]! || bornMs[a]! - bornMs[b]! || before[a]!.order - before[b]!.order;
  let last = -1;
  for (let i = 0; i < keys.length; i++) {
    const place = keys[i]! % places;
    const rank = keys[i]! - place;
    let at = i;
    // Only what was rounded to the same rank may be the wrong way round.
    for (; rank === last && at > 0 && difference(sorted[at - 1]!, place) > 0; at--)
      sorted[at] = sorted[at - 1]!;
    sorted[at] = place;
    last = rank;
  }
  for (let i = 0; i < sorted.length; i++) candidates[i] = before[sorted[i]!]!;
}

function placeIn({ items }: Chunk, candidate: Candidate): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(items[middle]!, candidate) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
