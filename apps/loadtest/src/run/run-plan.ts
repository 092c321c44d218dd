import type { Arrivals } from "../scenario.ts";

/** Where a scenario comes from: by its name, or from a module that any process can import. */
export type ScenarioSource = { readonly name: string } | { readonly modulePath: string };

/** What every generator of a run has to know. */
export interface RunPlan {
  readonly url: string;
  readonly scenario: ScenarioSource;
  /** A module whose default export is the game. */
  readonly gamePath: string;
  readonly queues: readonly string[];
  /** Where the cluster has room-servers; none: distance does not matter. */
  readonly regions: readonly string[];
  readonly arrivals: Arrivals;
  readonly durationMs: number;
  readonly seed: number;
}

/** Which of the generators a process is. */
export interface Share {
  readonly index: number;
  readonly count: number;
}
