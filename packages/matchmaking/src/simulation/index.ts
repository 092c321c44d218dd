export { Crowd } from "./crowd.ts";
export type { Distribution, SimulationFigures, Waits } from "./observer.ts";
export { type PlayerRequest, playerRequest } from "./player-request.ts";
export type { Posting } from "./posting.ts";
export { recordedPostings, recordedRegions, recordLine } from "./replay.ts";
export { simulate } from "./simulate.ts";
export { postingsOf, WORKLOADS, type Workload } from "./workloads.ts";
