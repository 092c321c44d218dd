import type { Axis } from "./axis.ts";
import { type Html, html } from "./html.ts";

// Charts are drawn when the report is written, as SVG: they need no script to be seen, print as lines, take their colours
// from the page's style, light or dark, and a test can read them. A library in the page (uPlot, Chart.js) draws on a
// canvas, which does none of these. SVG is stretched to the width there is, so text is HTML beside it.

/** How a series is drawn: `filled` is a line and what is below it, `area` lies on the one before; `hidden` is only told. */
export type Mark = "line" | "filled" | "area" | "dashed" | "bars" | "hidden";

export interface Series {
  readonly name: string;
  /** Its colour: a class of the style sheet. */
  readonly colour: string;
  readonly mark: Mark;
  /** One a point; undefined where there was nothing to measure. */
  readonly values: readonly (number | undefined)[];
  readonly text: (value: number) => string;
}

/** A line across, or up and down, that is not data. */
export interface Limit {
  readonly name: string;
  readonly at: number;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Of the values. */
  readonly unit: string;
  readonly y: Axis;
  readonly yText: (value: number) => string;
  readonly x: Axis;
  readonly xText: (value: number) => string;
  /** Ends of each point on the x axis, 0 to 1, and what it is called. */
  readonly points: readonly { readonly from: number; readonly to: number; readonly name: string }[];
  readonly series: readonly Series[];
  /** As wide as the page. */
  readonly isWide?: boolean;
  readonly limits?: readonly Limit[];
  readonly marks?: readonly Limit[];
  /** Said in its place when there is nothing to draw. */
  readonly empty: string;
}

/** Units of the drawing, across and down. */
const SIZE = 1_000;

export function chartHtml(chart: Chart): Html {
  const drawn = chart.series.filter(({ mark }) => mark !== "hidden");
  const isEmpty = drawn.every(({ values }) => values.every((value) => value === undefined || value === 0));
  return html`<figure class="chart${chart.isWide ? " all" : ""}" id="${chart.id}">
<figcaption><h3>${chart.title}</h3><p>${chart.about}</p></figcaption>
${isEmpty ? html`<p class="nothing">${chart.empty}</p>` : [legendHtml(chart, drawn), plotHtml(chart)]}
</figure>
`;
}

function legendHtml({ limits = [] }: Chart, drawn: readonly Series[]): Html | undefined {
  if (drawn.length + limits.length < 2) return undefined;
  return html`<ul class="legend">${drawn.map(
    ({ name, colour, mark }) => html`<li><i class="key ${mark} ${colour}"></i>${name}</li>`,
  )}${limits.map(({ name }) => html`<li><i class="key limit"></i>${name}</li>`)}</ul>
`;
}

function plotHtml({
  id,
  title,
  unit,
  x,
  xText,
  y,
  yText,
  points,
  series,
  limits = [],
  marks = [],
}: Chart): Html {
  return html`<div class="plot">
<b class="unit">${unit}</b>
<div class="frame" tabindex="0" role="group" aria-label="${summary(title, series)}" data-chart="${id}">
${y.ticks.map((tick) => html`<i class="grid" style="bottom:${percent(y.at(tick))}"><b>${yText(tick)}</b></i>`)}
<svg viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none" aria-hidden="true">${paths(points, series, y)}${limits.map(
    ({ at }) => html`<path class="limit" d="M0 ${down(y.at(at))}H${SIZE}"/>`,
  )}</svg>
${marks.map(({ name, at }, i) => html`<i class="mark${x.at(at) > 0.6 ? " end" : ""}" style="left:${percent(x.at(at))}"><b style="top:${i * 1.25}em">${name}</b></i>`)}
</div>
<div class="x">${x.ticks.map((tick, i) => html`<span${x.ticks.length > 4 && i % 2 === 1 ? html` class="odd"` : ""} style="left:${percent(x.at(tick))}">${xText(tick)}</span>`)}</div>
</div>
`;
}

/** What the highest was of each: for who cannot see the drawing. */
function summary(title: string, series: readonly Series[]): string {
  const highest = series.flatMap(({ name, values, text }) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? [] : [`${name} up to ${text(known.reduce((a, b) => Math.max(a, b)))}`];
  });
  return `${title}: ${highest.join(", ")}`;
}

function paths(points: Chart["points"], series: readonly Series[], y: Axis): Html[] {
  let floor = points.map(() => 0);
  return series.flatMap(({ mark, colour, values }) => {
    const path = (kind: string, d: string) => html`<path class="${kind} ${colour}" d="${d}"/>`;
    if (mark === "hidden") return [];
    if (mark === "bars") return [path(mark, bars(points, values, y))];
    if (mark === "line" || mark === "dashed") return [path(mark, line(points, values, y))];
    const base = mark === "area" ? floor : points.map(() => 0);
    const top = base.map((value, i) => value + (values[i] ?? 0));
    const above = outline(points, top, y);
    const whole = `M${[...above, ...outline(points, base, y).reverse()].join("L")}Z`;
    if (mark === "filled") return [path("below", whole), path("line", `M${above.join("L")}`)];
    floor = top;
    return [path(mark, whole)];
  });
}

function line(points: Chart["points"], values: Series["values"], y: Axis): string {
  let path = "";
  let isDown = false;
  points.forEach((point, i) => {
    const value = values[i];
    if (value !== undefined) path += `${isDown ? "L" : "M"}${across(middle(point))} ${down(y.at(value))}`;
    // One value alone would be a point that nobody sees.
    if (value !== undefined && !isDown && values[i + 1] === undefined)
      path = `${path.slice(0, path.lastIndexOf("M"))}M${across(point.from)} ${down(y.at(value))}H${across(point.to)}`;
    isDown = value !== undefined;
  });
  return path;
}

/** To both edges of the plot: who is there at the first second was there when it began. */
function outline(points: Chart["points"], values: readonly number[], y: Axis): string[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const at = (share: number, value: number) => `${across(share)} ${down(y.at(value))}`;
  return [
    at(first.from, values[0]!),
    ...points.map((point, i) => at(middle(point), values[i]!)),
    at(last.to, values.at(-1)!),
  ];
}

function bars(points: Chart["points"], values: Series["values"], y: Axis): string {
  return points
    .map(({ from, to }, i) => {
      const value = values[i] ?? 0;
      if (value <= 0) return "";
      // One of a thousand is still to be seen.
      const top = Math.min(down(y.at(value)), SIZE - 8);
      return `M${across(from)} ${SIZE}V${top}H${across(to)}V${SIZE}Z`;
    })
    .join("");
}

function middle({ from, to }: { from: number; to: number }): number {
  return (from + to) / 2;
}

function across(share: number): number {
  return Math.round(share * SIZE * 10) / 10;
}

function down(share: number): number {
  return Math.round((1 - Math.min(1, Math.max(0, share))) * SIZE);
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

/** What the page's script tells where the pointer is. */
export function chartFigures({ id, title, points, series }: Chart): object {
  return {
    id,
    title,
    names: points.map(({ name }) => name),
    at: points.map((point) => Math.round(middle(point) * 10_000) / 10_000),
    series: series.map(({ name, colour, values, text }) => ({
      name,
      colour,
      values: values.map((value) => (value === undefined ? "–" : text(value))),
    })),
  };
}
