export type { Distribution, SimulationFigures } from "./observer.ts";
export type { Posting } from "./posting.ts";
export { recordedPostings, recordLine } from "./replay.ts";
export { simulate } from "./simulate.ts";
export { postingsOf, WORKLOADS, type Workload } from "./workloads.ts";
