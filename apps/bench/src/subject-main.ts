// The process of one subject on one workload: opens it when it is asked for the first round, and answers what was measured.
import type { Runner, Size } from "./benchmark.ts";
import { benchmarkNamed, openRunner } from "./benchmarks.ts";
import type { Answer } from "./subject-process.ts";

const [benchmark, subject, workload, size] = process.argv.slice(2) as [string, string, string, Size];
let runner: Runner | undefined;

process.on("message", () => void round());
process.on("disconnect", () => void Promise.resolve(runner?.close?.()).finally(() => process.exit(0)));

async function round(): Promise<void> {
  let answer: Answer;
  try {
    runner ??= await openRunner(benchmarkNamed(benchmark), subject, workload, size);
    answer = { figures: await runner.round() };
  } catch (error) {
    answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send!(answer);
}
