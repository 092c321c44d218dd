const PINGS = 3;
/** Longer than this nobody waits for it; regions that have not answered are left out. */
const MEASURE_MS_MAX = 1_500;
const KEEP_MS = 300_000;

const known = new Map<
  string,
  { readonly atMs: number; readonly latencies: Promise<Record<string, number>> }
>();

/**
 * How far the regions are that rooms run in, as the option `regions` takes it: round-trip ms by region, the median of
 * three tries after a first one that opens the connection. Remembered for five minutes. Empty where there are no
 * regions, or nobody can say. `url`: of a matchmaker.
 */
export function pingRegions(url: string): Promise<Record<string, number>> {
  const nowMs = performance.now();
  const last = known.get(url);
  if (last && nowMs - last.atMs < KEEP_MS) return last.latencies;
  const latencies = measure(url).catch(() => {
    known.delete(url);
    return {};
  });
  known.set(url, { atMs: nowMs, latencies });
  return latencies;
}

async function measure(url: string): Promise<Record<string, number>> {
  const signal = AbortSignal.timeout(MEASURE_MS_MAX);
  const answer = await fetch(`${url}/v1/regions`, { signal });
  const { regions } = (await answer.json()) as { regions: { region: string; pingUrl: string }[] };
  const { protocol, hostname } = new URL(url);
  const latencies: Record<string, number> = {};
  await Promise.all(
    regions.map(async ({ region, pingUrl }) => {
      // `:8081/ping` is a port on the host that answered REST.
      const to = pingUrl.startsWith(":") ? `${protocol}//${hostname}${pingUrl}` : pingUrl;
      const times: number[] = [];
      try {
        for (let i = 0; i <= PINGS; i++) {
          const sentAtMs = performance.now();
          // A measure of time, whatever it answers and whomever it lets read it.
          await fetch(to, { mode: "no-cors", cache: "no-store", signal });
          if (i > 0) times.push(performance.now() - sentAtMs);
        }
      } catch {
        // What was measured until then counts.
      }
      const median = times.sort((a, b) => a - b)[times.length >> 1];
      if (median !== undefined) latencies[region] = Math.ceil(median);
    }),
  );
  return latencies;
}
