import { GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX } from "../../measure/generator-load.ts";
import type { Quantiles, RunReport, RunSecond } from "../../result.ts";
import { bytesText, msText, numberText, percentText } from "../number-text.ts";
import { LATENCIES } from "../terms.ts";
import { clockText, linearAxis, timeAxis } from "./axis.ts";
import type { Chart, Limit, Series } from "./chart.ts";
import { meanOf, type TimePoints, timePoints, worstOf, worstQuantile } from "./time-points.ts";

/** A threshold far above what was measured would press the curve flat. */
const LIMIT_TIMES_MAX = 3;

/** How a run went, second by second. */
export function timeCharts({ seconds, thresholds }: RunReport): Chart[] {
  const time = timePoints(seconds);
  const x = timeAxis(time.seconds);
  const xText = (second: number) => clockText(second, time.seconds);
  const chart = (
    given: Pick<Chart, "id" | "title" | "about" | "unit" | "series"> & Partial<Chart> & { scale?: number },
  ): Chart => {
    const { scale = 1, ...rest } = given;
    const highest = heightOf(rest.series);
    const { limits = [] } = rest;
    const axis = linearAxis(Math.max(highest, ...limits.map(({ at }) => at)) / scale);
    return {
      ...rest,
      x,
      xText,
      y: { at: (value) => axis.at(value / scale), ticks: axis.ticks.map((tick) => tick * scale) },
      yText: (value) => axisText(value / scale),
      points: time.points,
      empty: rest.empty ?? "Nothing was measured.",
    };
  };
  const mean = (read: (second: RunSecond) => number) => meanOf(time, read);
  const latency = (key: "joinMs" | "rttMs", id: string): Chart => {
    const { title, text } = LATENCIES.find((each) => each.key === key)!;
    const series = quantileSeries(time, (second) => second[key]);
    return chart({
      id,
      title,
      about: capital(text),
      ...(heightOf(series) >= 10_000 ? { unit: "s", scale: 1_000 } : { unit: "ms" }),
      series,
      limits: limitsOf(thresholds, key, heightOf(series)),
      empty: key === "joinMs" ? "Nobody joined." : "No ping came back.",
    });
  };
  const bytes = mean(({ bytesPerSecond }) => bytesPerSecond);
  const bytesScale = Math.max(0, ...bytes) >= 1_000_000 ? 1_000_000 : 1_000;
  return [
    chart({
      id: "players",
      title: "Players by stage",
      about: "How many were queueing, joining and playing at a time",
      unit: "players",
      isWide: true,
      empty: "Nobody played.",
      series: [
        {
          name: "playing",
          colour: "c-playing",
          mark: "area",
          values: mean(({ players }) => players.playing),
          text: numberText,
        },
        {
          name: "joining",
          colour: "c-joining",
          mark: "area",
          values: mean(({ players }) => players.joining),
          text: numberText,
        },
        {
          name: "queueing",
          colour: "c-queueing",
          mark: "area",
          values: mean(({ players }) => players.queueing),
          text: numberText,
        },
        {
          name: "arrived",
          colour: "c-quiet",
          mark: "hidden",
          values: mean(({ players }) => players.arrived),
          text: perSecond,
        },
        {
          name: "left",
          colour: "c-quiet",
          mark: "hidden",
          values: mean(({ players }) => players.left),
          text: perSecond,
        },
      ],
    }),
    chart({
      id: "joins",
      title: "Joins",
      about: "Players who got their first state, beside those who were to come by the schedule",
      unit: "per s",
      series: [
        {
          name: "joined",
          colour: "c-playing",
          mark: "line",
          values: mean(({ joinsPerSecond }) => joinsPerSecond),
          text: perSecond,
        },
        {
          name: "intended",
          colour: "c-quiet",
          mark: "dashed",
          values: mean(({ intendedPerSecond }) => intendedPerSecond),
          text: perSecond,
        },
      ],
    }),
    latency("joinMs", "join-latency"),
    latency("rttMs", "round-trip"),
    chart({
      id: "states",
      title: "States",
      about: "Read by all players together",
      unit: "per s",
      series: [
        {
          name: "states",
          colour: "c-playing",
          mark: "filled",
          values: mean(({ statesPerSecond }) => statesPerSecond),
          text: perSecond,
        },
      ],
      empty: "No state was read.",
    }),
    chart({
      id: "bytes",
      title: "Received",
      about: "By all players together, with the headers of WebSocket frames",
      unit: bytesScale === 1_000 ? "kB/s" : "MB/s",
      scale: bytesScale,
      series: [
        {
          name: "received",
          colour: "c-playing",
          mark: "filled",
          values: bytes,
          text: (value) => `${bytesText(value)}/s`,
        },
      ],
    }),
    chart({
      id: "errors-over-time",
      title: "Errors",
      about: "Of every kind; what each code means is below",
      unit: "per s",
      empty: "There were none.",
      series: [
        {
          name: "errors",
          colour: "c-bad",
          mark: "bars",
          values: mean(({ errors }) => errors),
          text: perSecond,
        },
      ],
    }),
    chart({
      id: "generator-cpu",
      title: "The generator's CPU",
      about: "Its busiest process; above the line its own times cannot be trusted",
      unit: "% of a core",
      scale: 0.01,
      series: [
        {
          name: "CPU",
          colour: "c-generator",
          mark: "line",
          values: worstOf(time, ({ generator }) => generator.cpu),
          text: percentText,
        },
      ],
      limits: [{ name: "limit", at: GENERATOR_CPU_MAX }],
    }),
    chart({
      id: "generator-lag",
      title: "The generator's lag",
      about: "How late its event loop was, p99; above the line it measures itself",
      unit: "ms",
      series: [
        {
          name: "lag p99",
          colour: "c-generator",
          mark: "line",
          values: worstOf(time, ({ generator }) => generator.lagMsP99),
          text: msText,
        },
      ],
      limits: [{ name: "limit", at: GENERATOR_LAG_MS_MAX }],
    }),
  ];
}

function quantileSeries(time: TimePoints, quantilesOf: (second: RunSecond) => Quantiles): Series[] {
  return (["p99", "p95", "p50"] as const).map((name) => ({
    name,
    colour: `c-${name}`,
    mark: "line",
    values: worstQuantile(time, quantilesOf, name),
    text: msText,
  }));
}

/** Thresholds over what is drawn, as lines. */
function limitsOf(thresholds: RunReport["thresholds"], key: string, highest: number): Limit[] {
  return thresholds.flatMap(({ text }) => {
    const [, name, quantile, value] = /^(\w+)\.(p\d+|max)\s*<=?\s*([\d.]+)$/.exec(text.trim()) ?? [];
    return name === key && Number(value) <= LIMIT_TIMES_MAX * highest
      ? [{ name: `${quantile} < ${value}`, at: Number(value) }]
      : [];
  });
}

function heightOf(series: readonly Series[]): number {
  const stacked = series.filter(({ mark }) => mark === "area");
  const beside = series.filter(({ mark }) => mark !== "area" && mark !== "hidden");
  const heights = (series[0]?.values ?? []).map((_, i) =>
    Math.max(
      stacked.reduce((sum, { values }) => sum + (values[i] ?? 0), 0),
      ...beside.map(({ values }) => values[i] ?? 0),
    ),
  );
  return heights.reduce((highest, height) => Math.max(highest, height), 0);
}

function perSecond(value: number): string {
  return `${numberText(value)} /s`;
}

function axisText(value: number): string {
  return Number(value.toPrecision(12)).toLocaleString("en");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
