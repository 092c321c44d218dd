import type { RunReport } from "../../result.ts";
import { countText, msText, percentText } from "../number-text.ts";
import { LATENCIES } from "../terms.ts";
import { linearAxis } from "./axis.ts";
import type { Chart } from "./chart.ts";
import { histogramBars } from "./histogram-bars.ts";

/** How often each time was seen, over the whole run. */
export function histogramCharts({ result, histograms }: RunReport): Chart[] {
  return LATENCIES.map(({ key, title, text }) => {
    const { axis, bars } = histogramBars(histograms[key]);
    const total = bars.reduce((sum, { count }) => sum + count, 0);
    const shares = bars.map(({ count }) => (100 * count) / total);
    const { p50, p95, p99, max } = result[key];
    const y = linearAxis(Math.max(0, ...shares), 4);
    const below = bars.map((_, i) => bars.slice(0, i + 1).reduce((sum, { count }) => sum + count, 0) / total);
    return {
      id: `histogram-${key}`,
      title,
      about: text.charAt(0).toUpperCase() + text.slice(1),
      unit: "% of all",
      y,
      yText: String,
      x: axis,
      xText: (ms) => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`),
      points: bars.map(({ fromMs, toMs }) => ({
        from: fromMs === 0 ? 0 : axis.at(fromMs),
        to: Math.min(1, axis.at(toMs)),
        name: fromMs === 0 ? `up to ${msText(toMs)}` : `${msText(fromMs)} – ${msText(toMs)}`,
      })),
      series: [
        {
          name: "seen",
          colour: "c-playing",
          mark: "bars",
          values: shares,
          text: (share) => `${percentText(share / 100)} (${countText(Math.round((share * total) / 100))})`,
        },
        { name: "up to here", colour: "c-quiet", mark: "hidden", values: below, text: percentText },
      ],
      marks:
        bars.length === 0
          ? []
          : [
              { name: `p50 ${msText(p50)}`, at: p50 },
              { name: `p95 ${msText(p95)}`, at: p95 },
              { name: `p99 ${msText(p99)}`, at: p99 },
            ].filter(({ at }) => at > 0 && at <= max),
      empty: "Nothing was measured.",
    };
  });
}
