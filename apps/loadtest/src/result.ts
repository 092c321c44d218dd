/** Of milliseconds; all 0 when nothing was measured. */
export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
  count: number;
}

/** What `--json` prints. */
export interface RunResult {
  /** How many there were to be at one time, or, when they came at a rate, all that arrived. */
  players: number;
  /** How often a stage was reached; one player may go through them several times. */
  stages: { queued: number; matched: number; joined: number; left: number };
  /** By the codes of docs/errors.md, and TIMEOUT and CONNECTION. */
  errors: Record<string, number>;
  /** From the time at which a player was to want a match to the first state. */
  joinMs: Quantiles;
  /** From the same time to the assignment. */
  matchMs: Quantiles;
  /** From the time at which a PING was to be sent to its PONG. */
  rttMs: Quantiles;
  /** Between two states at one player. */
  tickGapMs: Quantiles;
  /** Received by all players together, while there were any. */
  statesPerSecond: number;
  /** Received by one who plays, with the headers of WebSocket frames. */
  bytesPerPlayerPerSecond: number;
  /** How busy the load generators themselves were; of several, the busiest. */
  generator: {
    /** 1: a whole core, on average over the run. */
    cpu: number;
    lagMsP99: number;
    /** There was a second in which a generator was the limit, so that times are its own. */
    saturated: boolean;
  };
}

/** One second of it, for charts and progress. */
export interface RunSecond {
  /** From 0. */
  second: number;
  /** `arrived` and `left` in this second; who queues, joins and plays at its end. */
  players: { arrived: number; queueing: number; joining: number; playing: number; left: number };
  joinsPerSecond: number;
  /** Arrivals as the schedule has them. */
  intendedPerSecond: number;
  joinMs: Quantiles;
  rttMs: Quantiles;
  statesPerSecond: number;
  bytesPerSecond: number;
  errors: number;
  generator: { cpu: number; lagMsP99: number };
}

/** What is measured as a distribution. */
export type Timing = "joinMs" | "matchMs" | "rttMs" | "tickGapMs";

/** What the report is made from. */
export interface RunReport {
  result: RunResult;
  seconds: RunSecond[];
  histograms: Record<Timing, { upToMs: number; count: number }[]>;
  thresholds: { text: string; value: number; holds: boolean }[];
  about: {
    startedAt: string;
    /** Somebody stopped it before its time. */
    isCutShort: boolean;
    command: string;
    url: string;
    scenario: string;
    seed: number;
    generators: number;
    versions: Record<string, string>;
    machine: string;
  };
}
