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

/** A process's metrics: Node's own, and what its `metrics.ts` adds. */
export function createRegistry(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  // Each look at the loop's lag wakes the process. `nodejs_eventloop_lag_*` are times between looks, so never below this.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  return registry;
}
