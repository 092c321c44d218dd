import { Prng } from "@warren/kernel";
import { postingsOf, simulate, WORKLOADS } from "@warren/matchmaking/simulation";

const names = process.argv[2] ? process.argv[2].split(",") : Object.keys(WORKLOADS);
for (const name of names) {
  const w = WORKLOADS[name];
  const t0 = performance.now();
  const perSecond = process.argv[3] ? Number(process.argv[3]) : w.perSecond > 100 ? 100 : w.perSecond;
  const f = simulate({
    queue: "q",
    config: w.queue,
    seed: 1,
    killEveryMs: w.killEveryMs,
    rooms: w.rooms,
    realMs: () => performance.now(),
    postings: postingsOf(w, {
      prng: new Prng(1),
      queue: "q",
      config: w.queue,
      perSecond,
      durationMs: Number.isFinite(w.ticketsMax) ? 1e9 : 120_000,
    }),
  });
  console.log(
    name,
    Math.round(performance.now() - t0),
    "ms",
    JSON.stringify({ ...f, waitMs: { ...f.waitMs, byDecile: f.waitMs.byDecile.map((d) => d.p95) } }),
  );
}
