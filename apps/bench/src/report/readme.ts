import { figure } from "../format.ts";
import { compared, dayOf, type Run, rows } from "./page.ts";

/**
 * Where a page says what was measured. What stands between the marks is written by us:
 * `<!-- bench:state/tickVsColyseus % -->31 %<!-- /bench -->`: a ratio or figure by its benchmark and key, as a share if asked;
 * `page`: a link to the page with everything; `table`: how we compare.
 */
const MARK = /<!-- bench:(\S+)( %)? -->[\s\S]*?<!-- \/bench -->/g;

/** What the table shows: a ratio to the best peer, and one of the same metric to what is possible. */
const TABLE: readonly { what: string; benchmark: string; peer?: string; limit?: string }[] = [
  {
    what: "actions answered, 64 players waiting for each answer",
    benchmark: "echo",
    peer: "vsBestPeer",
    limit: "vsRawUws",
  },
  { what: "actions answered, 16 under way each", benchmark: "echo", peer: "vsBestPeerPipelined" },
  {
    what: "processor time of a state sent",
    benchmark: "broadcast",
    peer: "cpuVsBestPeer",
    limit: "cpuVsRawUws",
  },
  { what: "bytes of a state sent", benchmark: "broadcast", peer: "bytesVsBestPeer" },
  { what: "joins, from HTTP to the first state", benchmark: "join", peer: "vsBestPeer" },
  { what: "memory of an idle session", benchmark: "memory", peer: "idleVsColyseus", limit: "idleVsRawUws" },
  { what: "players at 20 Hz on one core", benchmark: "capacity", peer: "vsBestPeer" },
];

/** The text of README.md with the figures of these runs. Throws when it names one that was never measured. */
export function withFigures(text: string, runs: readonly Run[]): string {
  return text.replaceAll(MARK, (whole, what: string, share: string | undefined) => {
    const mark = whole.slice(0, whole.indexOf("-->") + 3);
    return `${mark}${contentOf(what, share !== undefined, runs)}<!-- /bench -->`;
  });
}

function contentOf(what: string, isShare: boolean, runs: readonly Run[]): string {
  if (what === "page") return `[all figures](docs/benchmarks/${dayOf(runs)}.md)`;
  if (what === "table") return `\n${table(runs)}\n`;
  const [name = "", key = ""] = what.split("/");
  const value = runs.find(({ summary }) => summary.name === name)?.summary.ratios[key];
  if (value === undefined)
    throw new Error(`README.md names ${what}, which was not measured; run: pnpm bench ${name}`);
  if (isShare) return `${Math.round(100 * value)} %`;
  return value < 10 ? String(Number(value.toPrecision(2))) : figure(value);
}

function table(runs: readonly Run[]): string {
  const shown = TABLE.flatMap(({ what, benchmark: name, peer, limit }) => {
    const run = runs.find(({ summary }) => summary.name === name);
    if (run === undefined) return [];
    const cells = (key: string | undefined) => {
      if (key === undefined) return undefined;
      const ratio = run.benchmark.ratios.find((r) => r.key === key);
      if (ratio === undefined) throw new Error(`${name} has no ratio ${key}, which README.md shows`);
      return compared(run.benchmark, run.summary, ratio);
    };
    const toPeer = cells(peer);
    const toLimit = cells(limit);
    return [[what, (toPeer ?? toLimit)?.ours ?? "", toPeer?.peer ?? "", toLimit?.limit ?? ""]];
  });
  if (shown.length === 0) return "Not measured yet.";
  return rows([["", "Warren", "best peer", "limit"], ["---", "---", "---", "---"], ...shown]);
}
