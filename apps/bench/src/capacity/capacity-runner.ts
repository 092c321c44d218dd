import type { Figures, Runner } from "../benchmark.ts";
import { endLive, type Live, startLive } from "../live/live-runner.ts";
import type { CapacityWorkload } from "./capacity-benchmark.ts";
import { mostThatHolds } from "./search.ts";

/** Above this share of its core the generator may be what is late. */
const GENERATOR_CPU_MAX = 0.9;

interface Step {
  readonly holds: boolean;
  readonly gapP99Ms: number;
  readonly serverCpu: number;
  readonly generatorCpu: number;
}

/** Each round is a search. */
export async function capacityRunner(subject: string, workload: CapacityWorkload): Promise<Runner> {
  const { players, hz } = workload;
  let live: Live | undefined;
  const end = async () => {
    const ended = live;
    live = undefined;
    if (ended) await endLive(ended);
  };
  const look = async (count: number): Promise<Step> => {
    const isFirst = live === undefined;
    live ??= await startLive(subject, { scene: { players, tickHz: hz, maxSpeed: false } });
    try {
      if (isFirst) await play(live, { ...workload, measureMs: workload.firstMs }, workload.from);
      return await play(live, workload, count);
    } catch (error) {
      // It takes no more players, or loses some: too many. Anything else shows with fewer, too.
      if (count === workload.from) throw error;
      await end();
      return { holds: false, gapP99Ms: Number.POSITIVE_INFINITY, serverCpu: 1, generatorCpu: 0 };
    }
  };
  return {
    async round(): Promise<Figures> {
      let isGeneratorBusy = false;
      let first: Step | undefined;
      const most = await mostThatHolds(workload, async (count) => {
        const step = await look(count);
        first ??= step;
        if (!step.holds && step.generatorCpu > GENERATOR_CPU_MAX) isGeneratorBusy = true;
        return step;
      });
      // When not even the fewest are served well: why not.
      const { gapP99Ms, serverCpu, generatorCpu } = most?.step ?? first!;
      const isAtLeast = isGeneratorBusy || most?.count === workload.max;
      return { players: most?.count ?? 0, gapP99Ms, serverCpu, generatorCpu, isAtLeast: isAtLeast ? 1 : 0 };
    },
    close: end,
  };
}

async function play({ server, generator }: Live, workload: CapacityWorkload, count: number): Promise<Step> {
  const { hz, gapP99MsMax, statesShareMin, warmUpMs, measureMs } = workload;
  await generator.open(server.port, await server.requests(count));
  await generator.play({ inputHz: hz, warmUpMs: 0, measureMs: warmUpMs });
  const cpuBefore = server.cpuNs();
  const { states, gapP99Ms, seconds, generatorCpu } = await generator.play({
    inputHz: hz,
    warmUpMs: 0,
    measureMs,
  });
  const serverCpu = (server.cpuNs() - cpuBefore) / 1e9 / seconds;
  await generator.leave();
  const isWhole = states >= count * hz * seconds * statesShareMin;
  return { holds: isWhole && gapP99Ms < gapP99MsMax, gapP99Ms, serverCpu, generatorCpu };
}
