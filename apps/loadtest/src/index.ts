export { exponential, logNormal, type Prng, weighted } from "@warren/kernel";
export type { Party, PartySize } from "./player/parties.ts";
export { StepError, unlessCancelled } from "./player/step-error.ts";
export type { Quantiles, RunReport, RunResult, RunSecond } from "./result.ts";
export { type RunHandlers, type RunOptions, runLoadTest } from "./run/run-load-test.ts";
export type { ScenarioSource } from "./run/run-plan.ts";
export {
  type Arrivals,
  type Assignment,
  defineMix,
  defineScenario,
  isScenario,
  type Lobby,
  type LobbyOptions,
  type MemberOptions,
  type Mix,
  type PatienceOptions,
  type PlayOptions,
  type QueueOptions,
  type RateStage,
  type RepeatedAction,
  type Scenario,
  type Seat,
  type VirtualPlayer,
} from "./scenario.ts";
export { SCENARIOS } from "./scenarios/index.ts";
export { htmlReport } from "./show/html-report.ts";
export { Progress } from "./show/progress.ts";
export { screenOf } from "./show/screen.ts";
export { terminalReport } from "./show/terminal-report.ts";
export { parseThreshold, type Threshold } from "./threshold.ts";
