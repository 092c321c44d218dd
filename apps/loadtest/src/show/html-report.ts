import { createHash } from "node:crypto";
import { GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX } from "../measure/generator-load.ts";
import type { Quantiles, RunReport } from "../result.ts";
import { adviceOf, byCount, errorsTotal, meaningOf } from "./error-meaning.ts";
import {
  bytesText,
  counted,
  countText,
  msText,
  numberText,
  percentText,
  secondsText,
} from "./number-text.ts";
import { chartFigures, chartHtml } from "./page/chart.ts";
import { histogramCharts } from "./page/histogram-charts.ts";
import { type Html, html, jsonHtml, rawHtml } from "./page/html.ts";
import { SCRIPT } from "./page/script.ts";
import { STYLE } from "./page/style.ts";
import { timeCharts } from "./page/time-charts.ts";
import { timePoints } from "./page/time-points.ts";
import { LATENCIES, STAGES } from "./terms.ts";
import { arrivedOf, verdictOf } from "./verdict.ts";

/** Nothing from elsewhere is loaded, and no other script can run, whatever a name in the report says. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`;

/** One page about a run that can be sent around: no requests, works from a file, prints. */
export function htmlReport(report: RunReport): string {
  const times = timeCharts(report);
  const histograms = histogramCharts(report);
  const { about, seconds } = report;
  const title = `${about.scenario}: ${verdictOf(report).headline}`;
  const figures = {
    charts: [...times, ...histograms].map(chartFigures),
    times: times.map(({ id }) => id),
  };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${rawHtml(STYLE)}</style>
</head>
<body>
<header>
<p class="kind">Warren load test</p>
<h1>${about.scenario} <span>against ${about.url}</span></h1>
<p>${dateText(about.startedAt)}, ${secondsText(seconds.length)}, seed\u00a0${about.seed}</p>
</header>
<main>
${verdictHtml(report)}
${keyFigures(report)}
${thresholdsHtml(report)}
<section>
<h2>From arrival to play</h2>
${funnelHtml(report)}
</section>
<section>
<h2>Over time</h2>
<p class="note">${pointText(report)}</p>
<div class="charts">
${times.map(chartHtml)}</div>
${seconds.length > 0 ? html`<details id="every-second"><summary>All of these figures as a table</summary><div class="wide"></div></details>` : ""}
</section>
<section>
<h2>How long things took</h2>
${latenciesHtml(report)}
<div class="charts">
${histograms.map(chartHtml)}</div>
</section>
${errorsHtml(report)}
${howHtml(report)}
${readingHtml()}
</main>
<script type="application/json" id="figures">${jsonHtml(figures)}</script>
<script>${rawHtml(SCRIPT)}</script>
</body>
</html>
`.text;
}

function verdictHtml(report: RunReport): Html {
  const { tone, headline, details } = verdictOf(report);
  const sign = { good: "✓", bad: "✗", open: "•" }[tone];
  return html`<section class="verdict ${tone}"><h2><i aria-hidden="true">${sign}</i>${headline}</h2>
${details.map((text) => html`<p>${withFlags(text)}.</p>`)}</section>`;
}

/** `--generators 3` is something to type, and stays on one line. */
function withFlags(text: string): (string | Html)[] {
  return text
    .split(/(--[a-z]+(?: \d+)?)/)
    .map((part) => (part.startsWith("--") ? html`<code>${part}</code>` : part));
}

function keyFigures(report: RunReport): Html {
  const { result, seconds } = report;
  const best = seconds.reduce((most, { joinsPerSecond }) => Math.max(most, joinsPerSecond), 0);
  const most = seconds.reduce((highest, { players }) => Math.max(highest, players.playing), 0);
  const errors = errorsTotal(result.errors);
  const latency = ({ p99, p50, count }: Quantiles) =>
    count === 0 ? (["–", "not measured"] as const) : ([msText(p99), `half within ${msText(p50)}`] as const);
  const figures: (readonly [name: string, value: string, note: string, isBad?: boolean])[] = [
    ["Playing at once", countText(most), `${countText(result.stages.joined)} joins in all`],
    ["Joins a second", numberText(best), "in the best second"],
    ["Join, p99", ...latency(result.joinMs)],
    ["Round trip, p99", ...latency(result.rttMs)],
    ["Gap between states, p99", ...latency(result.tickGapMs)],
    ["States a second", numberText(result.statesPerSecond), "read by all players"],
    ["Received", `${bytesText(result.bytesPerPlayerPerSecond)}/s`, "by one who plays"],
    [
      "Errors",
      countText(errors),
      errors === 0 ? "none" : counted(byCount(result.errors).length, "kind"),
      errors > 0,
    ],
  ];
  return html`<dl class="figures">
${figures.map(
  ([name, value, note, isBad]) =>
    html`<div><dt>${name}</dt><dd class="${isBad ? "bad" : ""}">${value}</dd><dd class="quiet">${note}</dd></div>
`,
)}</dl>`;
}

function thresholdsHtml({ thresholds }: RunReport): Html | undefined {
  if (thresholds.length === 0) return undefined;
  return html`<section>
<h2>Thresholds</h2>
<div class="wide"><table class="thresholds">
<tr><th></th><th>asked for</th><th class="number">measured</th></tr>
${thresholds.map(
  ({ text, value, holds }) =>
    html`<tr class="${holds ? "good" : "bad"}"><td><b>${holds ? "✓ held" : "✗ crossed"}</b></td><td><code>${text}</code></td><td class="number">${numberText(value)}</td></tr>
`,
)}</table></div>
</section>`;
}

/** How many reached each stage, and what became of the others since the one before. */
function funnelHtml(report: RunReport): Html {
  const counts = { arrived: arrivedOf(report), ...report.result.stages };
  const most = Math.max(1, ...Object.values(counts));
  const hasErrors = errorsTotal(report.result.errors) > 0;
  return html`<div class="funnel">
${STAGES.map(({ name, text }, i) => {
  const count = counts[name];
  const before = i === 0 ? count : counts[STAGES[i - 1]!.name];
  const change = count - before;
  const lost =
    change === 0
      ? ""
      : change < 0
        ? `${countText(-change)} did not (${percentText(-change / before)})`
        : `${countText(change)} more`;
  return html`<div class="stage"><b>${name}</b><span class="track"><i style="width:${Math.round((1_000 * count) / most) / 10}%"></i></span><span class="number">${countText(count)}</span><span class="lost${change < 0 && name !== "left" && hasErrors ? " bad" : ""}">${lost}</span><small>${text}</small></div>
`;
})}</div>
<p class="note">Who did not go on had an error, gave up on purpose, or was still under way when the run ended. A player may queue and join more than once.</p>`;
}

function latenciesHtml({ result }: RunReport): Html {
  const heads = ["p50", "p95", "p99", "max"] as const;
  return html`<div class="wide"><table>
<tr><th>ms</th>${heads.map((head) => html`<th class="number">${head}</th>`)}<th class="number">count</th></tr>
${LATENCIES.map(
  ({ key, title }) =>
    html`<tr><td>${title}</td>${heads.map((head) => html`<td class="number">${result[key].count === 0 ? "–" : numberText(result[key][head])}</td>`)}<td class="number">${countText(result[key].count)}</td></tr>
`,
)}</table></div>`;
}

function errorsHtml({ result }: RunReport): Html {
  const errors = byCount(result.errors);
  return html`<section>
<h2>Errors by code</h2>
${
  errors.length === 0
    ? html`<p>There were none.</p>`
    : html`<div class="wide"><table class="errors">
<tr><th>code</th><th class="number">count</th><th>what it means</th></tr>
${errors.map(([code, count]) => {
  const advice = adviceOf(code);
  return html`<tr><td><code>${code}</code></td><td class="number bad">${countText(count)}</td><td>${meaningOf(code)}${advice ? html` <span class="quiet">${advice}</span>` : ""}</td></tr>
`;
})}</table></div>`
}
</section>`;
}

function howHtml({ about, result, seconds }: RunReport): Html {
  const versions = Object.entries(about.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const rows = [
    ["Command", html`<code>${about.command}</code>`],
    ["Server", html`<code>${about.url}</code>`],
    ["Scenario", about.scenario],
    ["Seed", `${about.seed}: the same seed gives the same players`],
    ["Players", countText(result.players)],
    ["Started", `${dateText(about.startedAt)}; ${secondsText(seconds.length)}`],
    [
      "Generator",
      `${counted(about.generators, "process", "processes")}; CPU ${percentText(result.generator.cpu)} of a core, event-loop lag p99 ${msText(result.generator.lagMsP99)}${result.generator.saturated ? ": saturated" : ""}`,
    ],
    ["Versions", versions],
    ["Machine", about.machine],
  ] as const;
  return html`<section>
<h2>How it was run</h2>
<dl class="how">
${rows.map(
  ([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>
`,
)}</dl>
</section>`;
}

function readingHtml(): Html {
  return html`<section class="reading">
<h2>How to read it</h2>
<ul>
<li><b>p50, p95, p99</b>: of 100 measured, 50, 95 or 99 took no longer. A p99 of 200 ms says that one in a hundred waited longer than that; “max” is the one that waited longest.</li>
<li><b>Times begin when something was to happen</b>, by the schedule, not when the generator got round to it. So a server that stalls is charged with all who had to wait meanwhile.</li>
${LATENCIES.map(
  ({ title, text }) => html`<li><b>${title}</b>: ${text}.</li>
`,
)}<li><b>Joined below intended</b>: the server, or the generator, did not keep up. Look at the generator first.</li>
<li><b>The generator</b> uses a processor too. Above ${percentText(GENERATOR_CPU_MAX)} of a core, or with an event loop that is more than ${msText(GENERATOR_LAG_MS_MAX)} late, what it measures is itself. If it ran on the server's own machine, the two took time from each other.</li>
<li><b>To compare two runs</b>, take the same command, seed and machine, and run each more than once.</li>
</ul>
</section>`;
}

function pointText({ seconds }: RunReport): string {
  const { secondsPerPoint } = timePoints(seconds);
  if (seconds.length === 0) return "The run ended before its first second.";
  return secondsPerPoint === 1
    ? "A point is one second."
    : `A point is ${secondsPerPoint} s: rates and players on average, latencies and the generator as in its worst second.`;
}

/** In one zone for all who read it. */
function dateText(startedAt: string): string {
  const date = new Date(startedAt);
  if (Number.isNaN(date.getTime())) return startedAt;
  return `${date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })} UTC`;
}
