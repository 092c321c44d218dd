import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Benchmark, Figures, Runner, Size, Workload } from "../benchmark.ts";
import { Generator } from "../live/generator.ts";
import { GENERATOR_CORE, PINNED } from "../live/pinned.ts";
import { OURS } from "../live/subjects.ts";
import { WarrenServer } from "../live/warren-server.ts";
import type { Regularity } from "./beats.ts";
import { ROOM_SEATS, TICK_HZ } from "./tick-game.ts";

interface TickWorkload extends Workload {
  readonly rooms: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const HEADLINE: TickWorkload = {
  name: `200 rooms of ${ROOM_SEATS} at ${TICK_HZ} Hz`,
  rooms: 200,
  warmUpMs: 2_000,
  measureMs: 60_000,
};
const SMOKE: TickWorkload = { name: "2 rooms", rooms: 2, warmUpMs: 1, measureMs: 500 };

const JOINS_AT_ONCE = 16;

/** Compiled, also when this file is not. */
const compiled = (file: string) => fileURLToPath(new URL(`../../dist/tick/${file}`, import.meta.url));

export const tickBenchmark: Benchmark<TickWorkload> = {
  name: "tick",
  question:
    "How regularly do many rooms of one core tick, compared with a timer that has nothing else to do?",
  subjects: [OURS],
  metrics: [
    { name: "jitterP99Ms", unit: "ms, a tick's time since the one before, from the period" },
    { name: "jitterP50Ms", unit: "ms" },
    { name: "bareJitterP99Ms", unit: "ms, of the bare timer" },
    { name: "bareJitterP50Ms", unit: "ms" },
    { name: "jitterVsBareTimer", unit: "×, p99" },
    { name: "tickDrift", unit: "ticks more or fewer than the time says, in the worst room" },
    { name: "gapP99Ms", unit: "ms between two states at a client" },
    { name: "serverCpu", unit: "of its core" },
    { name: "generatorCpu", unit: "of its core" },
  ],
  headline: HEADLINE.name,
  ratios: [
    { key: "jitterVsBareTimer", metric: "jitterVsBareTimer", ours: OURS.id, goal: 1.2 },
    { key: "tickDrift", metric: "tickDrift", ours: OURS.id, goal: 1 },
  ],
  // A minute each.
  rounds: 3,
  limitMs: 90_000,
  workloads: (size: Size) => [size === "smoke" ? SMOKE : HEADLINE],
  open: (_subject, workload) => tickRunner(workload),
};

async function tickRunner({ rooms, warmUpMs, measureMs }: TickWorkload): Promise<Runner> {
  const scene = { players: ROOM_SEATS, tickHz: TICK_HZ, maxSpeed: false };
  const server = await WarrenServer.start({ scene, game: compiled("tick-game.js") });
  const generator = await Generator.start({ protocol: server.protocol, core: GENERATOR_CORE });
  let rounds = 0;
  return {
    async round(): Promise<Figures> {
      rounds++;
      // Not all at once: whoever comes meanwhile holds up rooms that tick already.
      await generator.open(server.port, await server.requests(rooms * ROOM_SEATS), JOINS_AT_ONCE);
      await generator.play({ inputHz: 0, warmUpMs: 0, measureMs: warmUpMs });
      const cpuBefore = server.cpuNs();
      await server.hear("SIGUSR2", new RegExp(`^notes ${rounds}$`, "m"));
      const [bare, { gapP99Ms, seconds, generatorCpu }] = await Promise.all([
        bareTimer(measureMs),
        generator.play({ inputHz: 0, warmUpMs: 0, measureMs }),
      ]);
      const [, noted = ""] = await server.hear("SIGUSR2", new RegExp(`^noted ${rounds} (.*)$`, "m"));
      const serverCpu = (server.cpuNs() - cpuBefore) / 1e9 / seconds;
      await generator.leave();
      const { jitterP50Ms, jitterP99Ms, drift } = JSON.parse(noted) as Regularity;
      return {
        jitterP99Ms,
        jitterP50Ms,
        bareJitterP99Ms: bare.jitterP99Ms,
        bareJitterP50Ms: bare.jitterP50Ms,
        jitterVsBareTimer: jitterP99Ms / bare.jitterP99Ms,
        tickDrift: drift,
        gapP99Ms,
        serverCpu,
        generatorCpu,
      };
    },
    async close() {
      await generator.end();
      await server.close();
    },
  };
}

/** At the same time on the same core, so that what the machine does to timers it does to both. */
async function bareTimer(measureMs: number): Promise<Regularity> {
  const [command = "", ...args] = [...PINNED, process.execPath, compiled("bare-timer.js")];
  const { stdout } = await promisify(execFile)(command, [...args, String(TICK_HZ), String(measureMs)]);
  return JSON.parse(stdout) as Regularity;
}
