import { Counter, collectDefaultMetrics, Registry } from "prom-client";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** A counter without labels for what happens with every message: counting is an addition, and the rest is done when it is read. */
export class HotCounter {
  value = 0;

  constructor(options: { readonly name: string; readonly help: string; readonly registers: Registry[] }) {
    const read = () => this.value;
    new Counter({
      ...options,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  add(count: number): void {
    this.value += count;
  }
}

/** These wake the process for each of their looks; `nodejs_eventloop_lag_seconds` is looked at when it is asked for. */
const LAG_LOOKS = ["min", "max", "mean", "stddev", "p50", "p90", "p99"];
/** The longest a timer can wait. */
const NEVER_MS = 2 ** 31 - 1;

/** A process's metrics: Node's own, and what its `metrics.ts` adds. */
export function createRegistry(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const name of LAG_LOOKS) registry.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`);
  return registry;
}
