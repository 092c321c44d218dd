/** Listens to something numbered one by one, and counts what is missing and what came again. */
export class Numbered {
  lost = 0;
  duplicated = 0;
  /** How many were heard. */
  count = 0;
  /** The highest that was heard; undefined: none. */
  last: number | undefined;

  /** The first may have any number: whoever comes late has missed nothing. A number below the last counts as come again. */
  hear(number: number): void {
    this.count++;
    if (this.last !== undefined && number <= this.last) {
      this.duplicated++;
      return;
    }
    if (this.last !== undefined) this.lost += number - this.last - 1;
    this.last = number;
  }

  /** `told`: the last number that was said, as who said it knows. */
  end(told: number): void {
    if (this.last === undefined) this.lost += told > 0 ? 1 : 0;
    else if (told > this.last) this.lost += told - this.last;
  }
}
