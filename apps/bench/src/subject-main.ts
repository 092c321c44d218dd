// The process of one subject: opens a workload when it is asked for a round of it, and answers what was measured.

import type { Size } from "./benchmark.ts";
import { benchmarkNamed } from "./benchmarks.ts";
import { OpenRunners } from "./open-runners.ts";
import type { Answer, Request } from "./subject-process.ts";

const [benchmark, subject, size] = process.argv.slice(2);
const runners = new OpenRunners(benchmarkNamed(benchmark!), size as Size);

process.on("message", ({ workload }: Request) => {
  runners
    .round(subject!, workload)
    .then((figures): Answer => ({ figures }))
    .catch(
      (error: unknown): Answer => ({
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    .then((answer) => process.send!(answer));
});
process.on("disconnect", () => process.exit(0));
