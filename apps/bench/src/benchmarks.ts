import type { Benchmark, Runner, Size } from "./benchmark.ts";
import { broadcastBenchmark } from "./broadcast/broadcast-benchmark.ts";
import { capacityBenchmark } from "./capacity/capacity-benchmark.ts";
import { echoBenchmark } from "./echo/echo-benchmark.ts";
import { interestBenchmark } from "./interest/interest-benchmark.ts";
import { joinBenchmark } from "./join/join-benchmark.ts";
import { matchmakerBenchmark } from "./matchmaker/matchmaker-benchmark.ts";
import { memoryBenchmark } from "./memory/memory-benchmark.ts";
import { presenceBenchmark } from "./presence/presence-benchmark.ts";
import { relayBenchmark } from "./relay/relay-benchmark.ts";
import { replicateBenchmark } from "./replicate/replicate-benchmark.ts";
import { rpcBenchmark } from "./rpc/rpc-benchmark.ts";
import { stateBenchmark } from "./state/state-benchmark.ts";
import { tickBenchmark } from "./tick/tick-benchmark.ts";

export const BENCHMARKS = [
  stateBenchmark,
  interestBenchmark,
  replicateBenchmark,
  matchmakerBenchmark,
  rpcBenchmark,
  relayBenchmark,
  presenceBenchmark,
  echoBenchmark,
  broadcastBenchmark,
  joinBenchmark,
  memoryBenchmark,
  tickBenchmark,
  capacityBenchmark,
] as unknown as readonly Benchmark[];

export function benchmarkNamed(name: string): Benchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (!found)
    throw new Error(`there is no benchmark ${name}; there are ${BENCHMARKS.map((b) => b.name).join(", ")}`);
  return found;
}

/** Opens one subject on one workload, by their names. */
export async function openRunner(
  benchmark: Benchmark,
  subject: string,
  workload: string,
  size: Size,
): Promise<Runner> {
  const found = benchmark.workloads(size).find(({ name }) => name === workload);
  if (!found) throw new Error(`${benchmark.name} has no workload ${workload}`);
  return benchmark.open(subject, found);
}
