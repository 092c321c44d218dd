import type { StepError } from "./step-error.ts";

/** Something a player waits for. It ends once: by its result, or because it is not waited for any more. */
export class Step {
  readonly #atEnd: (() => void)[] = [];
  #fail: (error: StepError) => void = () => {};
  #hasEnded = false;

  /** Rejects when `work` does, or by {@link fail}. */
  async run<T>(work: (step: Step) => Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#fail = reject;
        work(this).then(resolve, reject);
      });
    } finally {
      this.#hasEnded = true;
      for (const clean of this.#atEnd) clean();
    }
  }

  fail(error: StepError): void {
    this.#fail(error);
  }

  /** At once when it has ended. */
  atEnd(clean: () => void): void {
    if (this.#hasEnded) clean();
    else this.#atEnd.push(clean);
  }
}
