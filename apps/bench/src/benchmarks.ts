import type { Benchmark } from "./benchmark.ts";
import { interestBenchmark } from "./interest/interest-benchmark.ts";
import { replicateBenchmark } from "./replicate/replicate-benchmark.ts";
import { stateBenchmark } from "./state/state-benchmark.ts";

export const BENCHMARKS = [
  stateBenchmark,
  interestBenchmark,
  replicateBenchmark,
] as unknown as readonly Benchmark[];

export function benchmarkNamed(name: string): Benchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (!found)
    throw new Error(`there is no benchmark ${name}; there are ${BENCHMARKS.map((b) => b.name).join(", ")}`);
  return found;
}
