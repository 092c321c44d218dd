import type { Benchmark, Figures, Runner, Size } from "./benchmark.ts";

/** Runners of one process, each opened when it is first asked for. */
export class OpenRunners {
  readonly #benchmark: Benchmark;
  readonly #size: Size;
  readonly #open = new Map<string, Runner>();

  constructor(benchmark: Benchmark, size: Size) {
    this.#benchmark = benchmark;
    this.#size = size;
  }

  async round(subject: string, name: string): Promise<Figures> {
    const key = `${subject}: ${name}`;
    let runner = this.#open.get(key);
    if (!runner) {
      const workload = this.#benchmark.workloads(this.#size).find((one) => one.name === name);
      if (!workload) throw new Error(`there is no workload ${name}`);
      runner = await this.#benchmark.open(subject, workload);
      this.#open.set(key, runner);
    }
    return runner.round();
  }
}
