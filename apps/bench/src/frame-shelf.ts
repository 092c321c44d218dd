/** Keeps copies of frames in one block of memory, so that keeping them makes no garbage inside a measurement. */
export class FrameShelf {
  #block = new Uint8Array(1 << 20);
  readonly #ends: number[] = [];
  #used = 0;

  clear(): void {
    this.#ends.length = 0;
    this.#used = 0;
  }

  get bytes(): number {
    return this.#used;
  }

  put(frame: Uint8Array): void {
    const end = this.#used + frame.length;
    if (end > this.#block.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.#block);
      this.#block = grown;
    }
    this.#block.set(frame, this.#used);
    this.#used = end;
    this.#ends.push(end);
  }

  /** Valid until the next `put` after `clear`. */
  frames(): Uint8Array[] {
    return this.#ends.map((end, i) => this.#block.subarray(i === 0 ? 0 : this.#ends[i - 1]!, end));
  }
}
