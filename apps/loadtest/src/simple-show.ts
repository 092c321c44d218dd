import type { RunReport, RunSecond } from "./result.ts";

/** @internal Until the ones of show/ are there. */
export class Progress {
  readonly #output: { write(text: string): unknown };
  constructor(output: { write(text: string): unknown }, _env: unknown) {
    this.#output = output;
  }
  start(plan: object): void {
    this.#output.write(`${JSON.stringify(plan)}\n`);
  }
  second(second: RunSecond, errors: Readonly<Record<string, number>>): void {
    const { players, rttMs, generator } = second;
    this.#output.write(
      `${second.second}: ${JSON.stringify(players)} joins ${second.joinsPerSecond} of ${second.intendedPerSecond} join p99 ${second.joinMs.p99} rtt ${rttMs.p50} ${rttMs.p99} states ${second.statesPerSecond} ${JSON.stringify(errors)} ${JSON.stringify(generator)}\n`,
    );
  }
  end(): void {}
}
export function screenOf(output: object, _env: unknown): object {
  return output;
}
export function terminalReport(report: RunReport, _screen: object): string[] {
  return JSON.stringify({ ...report, seconds: [], histograms: {} }, null, 1).split("\n");
}
export function htmlReport(report: RunReport): string {
  return `<!doctype html><pre>${JSON.stringify(report, null, 1).replaceAll("<", "&lt;")}</pre>`;
}
