/** Light, dark by the reader's system, and print. Contrast of text is 4.5:1 or better, of marks 3:1, in both. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #17202c; --quiet: #566273; --line: #dde2e9;
  --good: #12733a; --good-card: #e7f5ec; --bad: #b3261e; --bad-card: #fdecea; --open: #1f5fa8; --open-card: #e8f0fa;
  --playing: #2f6fba; --joining: #8a4fbf; --queueing: #c47a00; --generator: #0f7f79; --error: #c9342b;
  --p50: #5a93d2; --p95: #2863ad; --p99: #12305c;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e131a; --card: #161d27; --ink: #e6ebf2; --quiet: #9aa8ba; --line: #2b3644;
    --good: #5fd08c; --good-card: #10291b; --bad: #ff8a80; --bad-card: #331715; --open: #8ebcf2; --open-card: #13253b;
    --playing: #5b9be6; --joining: #b98ae6; --queueing: #e0a13c; --generator: #45b8b0; --error: #f0655b;
    --p50: #4a7fc0; --p95: #79b0f0; --p99: #d3e6ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px 24px 64px; background: var(--page); color: var(--ink); overflow-wrap: break-word; }
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; }
header { padding: 8px 0 20px; }
header p, .quiet, .note, figcaption p { color: var(--quiet); }
.kind { font-size: 13px; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.01em; margin: 2px 0 4px; }
h1 span { font-weight: 400; color: var(--quiet); }
h2 { font-size: 20px; line-height: 1.3; margin-bottom: 10px; }
h3 { font-size: 15px; line-height: 1.3; }
section { margin-top: 36px; }
.note { font-size: 14px; margin: -6px 0 12px; }
.funnel + .note { margin: 10px 0 0; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.bad { color: var(--bad); }
.verdict { margin-top: 0; padding: 16px 20px; border-left: 6px solid var(--tone); border-radius: 6px; background: var(--tone-card); color: var(--ink); }
.verdict.good { --tone: var(--good); --tone-card: var(--good-card); }
.verdict.bad { --tone: var(--bad); --tone-card: var(--bad-card); }
.verdict.open { --tone: var(--open); --tone-card: var(--open-card); }
.verdict h2 { font-size: 22px; margin: 0 0 4px; color: var(--tone); }
.verdict code { white-space: nowrap; }
.verdict h2 i { font-style: normal; margin-right: .5em; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin-top: 16px; }
.figures > div, .chart, .funnel, table, .how { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.figures > div { padding: 12px 16px; }
.figures dt { font-size: 14px; }
.figures dd { font-size: 28px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figures dd.quiet { font-size: 13px; font-weight: 400; }
.wide { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: 13px; font-weight: 600; color: var(--quiet); }
th, td { padding: 8px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
td code { white-space: nowrap; }
.thresholds th:not(.number), .thresholds td:not(.number) { white-space: nowrap; width: 1%; padding-right: 32px; }
tr.good b { color: var(--good); } tr.bad b { color: var(--bad); }
.thresholds th.number, .thresholds td.number { text-align: left; }
.errors td:nth-child(-n+2) { width: 1%; }
.funnel { padding: 14px 16px; display: grid; grid-template-columns: auto 1fr auto auto; gap: 10px 14px; }
.stage { min-width: 0; display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: center; }
.stage .number { text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; }
.stage .lost { font-size: 14px; min-width: 8em; color: var(--quiet); }
.stage .lost.bad { color: var(--bad); }
.stage small { grid-column: 2 / -1; color: var(--quiet); font-size: 13px; line-height: 1.3; }
.track { display: block; height: 20px; border-radius: 3px; background: color-mix(in srgb, var(--line) 50%, transparent); }
.track i { display: block; height: 100%; border-radius: 3px; background: var(--playing); }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
.chart.all { grid-column: 1 / -1; }
.wide + .charts { margin-top: 16px; }
.chart { padding: 14px 16px 10px; display: flex; flex-direction: column; }
figcaption p { font-size: 13px; line-height: 1.35; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 0; margin-top: 6px; list-style: none; font-size: 13px; }
.key { display: inline-block; width: 14px; height: 0; margin-right: 6px; vertical-align: middle; border-top: 3px solid var(--c); }
.key.area, .key.bars { height: 10px; border: 0; border-radius: 2px; background: var(--c); }
.key.dashed, .key.limit { border-top-style: dashed; border-top-width: 2px; }
.key.limit { border-color: var(--bad); }
.plot { margin-top: auto; padding: 28px 6px 26px 52px; position: relative; }
.unit { position: absolute; left: 0; top: 6px; font-size: 12px; font-weight: 400; color: var(--quiet); }
.frame { position: relative; height: 190px; touch-action: pan-y; cursor: crosshair; }
.frame:focus-visible { outline: 2px solid var(--open); outline-offset: 3px; border-radius: 2px; }
.frame svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; }
.grid { position: absolute; left: 0; right: 0; height: 0; border-top: 1px solid var(--line); }
.grid b { position: absolute; right: 100%; top: -8px; margin-right: 8px; font: 12px/16px system-ui, sans-serif; font-style: normal; font-variant-numeric: tabular-nums; color: var(--quiet); white-space: nowrap; }
.x { position: relative; height: 0; }
.x span { position: absolute; top: 6px; transform: translateX(-50%); font-size: 12px; color: var(--quiet); white-space: nowrap; font-variant-numeric: tabular-nums; }
.mark { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px dashed var(--ink); opacity: .8; }
.mark b { position: absolute; left: 4px; padding: 0 3px; font: 12px/1.25em system-ui, sans-serif; line-height: 15px; background: color-mix(in srgb, var(--card) 80%, transparent); white-space: nowrap; }
.mark.end b { left: auto; right: 4px; }
svg path { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
svg path.area { fill: var(--c); stroke: var(--card); stroke-width: .5; }
svg path.below { fill: var(--c); fill-opacity: .18; stroke: none; }
svg path.bars { fill: var(--c); stroke: var(--card); stroke-width: .5; stroke-linejoin: miter; }
svg path.dashed, svg path.limit { stroke-dasharray: 5 4; stroke-linecap: butt; stroke-width: 1.5; }
svg path.limit { stroke: var(--bad); }
.c-playing { --c: var(--playing); } .c-joining { --c: var(--joining); } .c-queueing { --c: var(--queueing); }
.c-generator { --c: var(--generator); } .c-bad { --c: var(--error); } .c-quiet { --c: var(--quiet); }
.c-p50 { --c: var(--p50); } .c-p95 { --c: var(--p95); } .c-p99 { --c: var(--p99); }
.nothing { margin: auto; padding: 60px 0; color: var(--quiet); }
.cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--ink); pointer-events: none; }
.tip { position: absolute; top: 4px; z-index: 1; padding: 6px 10px; border: 1px solid var(--line); border-radius: 6px; background: var(--card); box-shadow: 0 2px 10px rgb(0 0 0 / 18%); font-size: 13px; line-height: 1.45; pointer-events: none; white-space: nowrap; }
.tip b { display: block; font-weight: 600; }
.tip > span { display: flex; align-items: center; }
.tip em { margin-left: auto; padding-left: 14px; font-style: normal; font-variant-numeric: tabular-nums; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--open); }
details .wide { margin-top: 8px; max-height: 420px; overflow: auto; }
details table { font-size: 13px; width: auto; }
details th, details td { padding: 4px 10px; white-space: nowrap; text-align: right; }
details th { position: sticky; top: 0; background: var(--card); }
.how { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 6px 20px; padding: 14px 16px; }
.how dt { color: var(--quiet); }
.reading ul { padding-left: 20px; max-width: 80ch; }
.reading li { margin-top: 4px; }
@media (max-width: 760px) {
  body { padding: 14px 14px 40px; }
  h1 { font-size: 24px; }
  .figures { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .figures > div { padding: 10px 12px; }
  .figures dd { font-size: 23px; }
  .charts { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .chart { padding: 12px 12px 8px; }
  .x .odd { display: none; }
  table { font-size: 14px; }
  th, td { padding: 7px 6px; }
  th:first-child, td:first-child { padding-left: 12px; }
  th:last-child, td:last-child { padding-right: 12px; }
  .funnel { grid-template-columns: auto 1fr auto; gap: 8px 10px; padding: 12px; }
  .stage .lost { grid-column: 2 / -1; grid-row: 2; min-width: 0; }
  .stage .lost:empty { display: none; }
  .stage small { grid-row: 3; }
  .how { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .how dd { margin-bottom: 8px; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --quiet: #444; --line: #ccc; font-size: 12px;
    --good: #12733a; --good-card: #e7f5ec; --bad: #b3261e; --bad-card: #fdecea; --open: #1f5fa8; --open-card: #e8f0fa;
    --playing: #2f6fba; --joining: #8a4fbf; --queueing: #c47a00; --generator: #0f7f79; --error: #c9342b;
    --p50: #5a93d2; --p95: #2863ad; --p99: #12305c; color-scheme: light; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { padding: 0; max-width: none; }
  section { margin-top: 20px; }
  h2 { break-after: avoid; }
  .chart, .figures > div, .verdict, tr, .funnel, .how { break-inside: avoid; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  .frame { height: 130px; }
  details { display: none; }
}
@page { margin: 14mm; }
`;
