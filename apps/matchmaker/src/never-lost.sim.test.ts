import { expect, it } from "vitest";
import { problemWith, Simulation } from "../test/simulation/simulation.ts";

it("dev", async () => {
  const seed0 = Number(process.env["SEED"] ?? 1);
  const n = Number(process.env["RUNS"] ?? 50);
  const t = process.cpuUsage(), t0 = performance.now();
  const problems: string[] = [];
  for (let s = seed0; s < seed0 + n; s++) {
    const p = await problemWith(s);
    if (p) problems.push(p);
  }
  const u = process.cpuUsage(t);
  console.log(n, "runs cpu ms/run", (u.user + u.system) / 1000 / n, "wall", (performance.now() - t0) / n, "problems", problems.length);
  console.log(problems.slice(0, 8).join("\n"));
  const seen = new Map<string, number>();
  let records = 0, steps = 0;
  for (let s = 1; s <= 20; s++) { const sim = new Simulation(s); await sim.run().catch(() => {}); records += sim.records; steps += sim.scheduler.steps; for (const k of sim.checker.seen) seen.set(k, (seen.get(k) ?? 0) + 1); }
  console.log([...seen].sort().join(" | "), records / 20, steps / 20);
});
