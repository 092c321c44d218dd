export type { Quantiles, RunReport, RunResult, RunSecond } from "./result.ts";
export {
  type Arrivals,
  type Assignment,
  defineMix,
  defineScenario,
  type Lobby,
  type Mix,
  type Party,
  type PlayOptions,
  type QueueOptions,
  type RateStage,
  type Scenario,
  type Seat,
  type VirtualPlayer,
} from "./scenario.ts";
export { SCENARIOS } from "./scenarios/index.ts";
