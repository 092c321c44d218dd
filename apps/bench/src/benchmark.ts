/** How much is run: `smoke` only proves that it runs, `full` takes as long as it takes. */
export type Size = "smoke" | "normal" | "full";

/** What every subject is given to do. Made from the same seed in every process. */
export interface Workload {
  readonly name: string;
}

/** One way to do the work. */
export interface Subject {
  readonly id: string;
  /** One line for people who choose with `--only`. */
  readonly about: string;
  /** Needs what is in `peers`. */
  readonly isPeer: boolean;
  /** Nobody's product, but how good it could be: a bare socket library, code for this one case. @default false */
  readonly isLimit?: boolean;
}

/** What one round measured, by metric. */
export type Figures = Readonly<Record<string, number>>;

/** A subject that has warmed up on a workload. */
export interface Runner {
  /** Does some hundred milliseconds of work or more and checks that it came out right. Throws when it did not. */
  round(): Figures | Promise<Figures>;
  /** Ends what it started, such as processes. */
  close?(): Promise<void>;
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Which of two figures is the better one. @default "less" */
  readonly better?: "more" | "less";
}

/** Ours ÷ theirs, of one metric; or ours alone, where what counts is a figure and nobody to compare with is here. */
export interface Ratio {
  readonly key: string;
  readonly metric: string;
  readonly ours: string;
  /** Of several the one that is best in the round, as the metric says what is better. */
  readonly theirs?: string | readonly string[];
  /** Where it is taken, and has its goal, instead of on every workload. */
  readonly workload?: string;
  /** What it should be at the most, on the benchmark's headline workload or its own. */
  readonly goal?: number;
  /** What it should be at the least, in the same place. */
  readonly goalAtLeast?: number;
}

/** What somebody says of a metric, measured elsewhere: to be read beside ours, and no ratio. */
export interface Published {
  readonly who: string;
  readonly metric: string;
  readonly value: number;
  readonly about: string;
}

export interface Benchmark<W extends Workload = Workload> {
  readonly name: string;
  readonly question: string;
  readonly subjects: readonly Subject[];
  /** In the order in which they are printed. */
  readonly metrics: readonly Metric[];
  readonly ratios: readonly Ratio[];
  /** @default nobody publishes anything of the kind */
  readonly published?: readonly Published[];
  /** The workload whose ratios carry no suffix and have goals. */
  readonly headline: string;
  /** Rounds of like mode in a run of normal size, where one takes long. @default 9 */
  readonly rounds?: number;
  /** A run of normal size starts no round after this, where rounds take long, ms. @default six minutes */
  readonly limitMs?: number;
  workloads(size: Size): readonly W[];
  open(subject: string, workload: W): Promise<Runner>;
}
