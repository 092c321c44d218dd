/** Follows the epochs of what one player applied of one room. */
export class EpochWatch {
  /** Times a lower epoch was applied after a higher. */
  fallen = 0;
  #highest = 0;

  applied(epoch: number): void {
    if (epoch < this.#highest) this.fallen++;
    else this.#highest = epoch;
  }
}
