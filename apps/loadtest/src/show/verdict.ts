import { GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX, isSaturated } from "../measure/generator-load.ts";
import type { RunReport } from "../result.ts";
import { errorsTotal } from "./error-meaning.ts";
import { counted, msText, percentText } from "./number-text.ts";

/** Below it, on average, a generator that was late had to wait for others on its machine: a share of one core. */
const BUSY_CPU = 0.4;

/** `good`: what was asked for holds · `bad`: it does not, or nothing can be said · `open`: nobody asked for anything. */
export type Tone = "good" | "bad" | "open";

export interface Verdict {
  readonly tone: Tone;
  /** One line, for who reads no further. */
  readonly headline: string;
  /** What to know about it, and what to do: sentences without their full stop. */
  readonly details: readonly string[];
}

/** What a run says as a whole. Where nobody joined there are no figures; a generator at its limit comes next: then they are its own, not the server's. */
export function verdictOf(report: RunReport): Verdict {
  const verdict = wholeVerdictOf(report);
  if (!report.about.isCutShort) return verdict;
  return { ...verdict, details: ["It was stopped before its time", ...verdict.details] };
}

function wholeVerdictOf(report: RunReport): Verdict {
  const { result, about } = report;
  const errors = errorsTotal(result.errors);
  const played = `${counted(arrivedOf(report), "arrival")}, ${counted(result.stages.joined, "join")}, ${errors === 0 ? "no errors" : counted(errors, "error")}`;
  const thresholds = thresholdsText(report);
  if (result.stages.joined === 0)
    return { tone: "bad", headline: "Nobody joined", details: [played, thresholds, generatorText(report)] };
  if (result.generator.saturated)
    return {
      tone: "bad",
      headline: "The generator was the limit: this run does not measure the server",
      details: [
        `${generatorText(report)}. Latencies are too long and rates too low by what it could not do`,
        result.generator.cpu > BUSY_CPU
          ? `Run it again with more processes (--generators ${about.generators + 1}), with fewer players or a lower --rate, or from a machine of its own`
          : "Its processes were not busy themselves, so something else had the processor: run it again on a machine that is idle, not the server's",
        played,
        thresholds,
      ],
    };
  const crossed = report.thresholds.filter(({ holds }) => !holds).length;
  if (crossed > 0)
    return {
      tone: "bad",
      headline: `${crossed} of ${counted(report.thresholds.length, "threshold")} crossed`,
      details: [thresholds, played, generatorText(report)],
    };
  if (report.thresholds.length > 0)
    return { tone: "good", headline: thresholds, details: [played, generatorText(report)] };
  return {
    tone: "open",
    headline: `The run ended with ${errors === 0 ? "no errors" : counted(errors, "error")}`,
    details: [played, generatorText(report), thresholds],
  };
}

/** How many came; one who left and came again is counted again. */
export function arrivedOf({ seconds }: RunReport): number {
  return seconds.reduce((sum, { players }) => sum + players.arrived, 0);
}

function thresholdsText({ thresholds }: RunReport): string {
  const crossed = thresholds.filter(({ holds }) => !holds);
  if (thresholds.length === 0) return "No thresholds were given";
  if (crossed.length > 0) return `Crossed: ${crossed.map(({ text }) => text).join(", ")}`;
  return thresholds.length === 1 ? "The threshold held" : `All ${thresholds.length} thresholds held`;
}

function generatorText({ result, seconds }: RunReport): string {
  const { cpu, lagMsP99, saturated } = result.generator;
  const figures = `${percentText(cpu)} of a core on average and an event-loop lag p99 of ${msText(lagMsP99)}`;
  if (!saturated) return `The generator had time to spare: ${figures}`;
  const busy = seconds.filter(({ generator }) => isSaturated(generator)).length;
  return `The generator was saturated${busy > 0 ? ` in ${busy} of ${counted(seconds.length, "second")}` : ""}: ${figures}; trust it up to ${percentText(GENERATOR_CPU_MAX)} and ${msText(GENERATOR_LAG_MS_MAX)}`;
}
