import { basename } from "node:path";
import { figure, table } from "./format.ts";

/** What is read of a `.cpuprofile`, as V8's profiler writes it. Times in µs. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 20;
const SHARE_MIN = 0.002;
/** Waiting for something to do: no work, and no part of it. */
const IDLE = "(idle)";

/** The functions in which most of a process's busy time was spent, without what they call. */
export function profileTable(file: string, { nodes, samples, timeDeltas, ...times }: CpuProfile): string {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const selfUs = new Map<string, number>();
  let idleUs = 0;
  let busyUs = 0;
  samples.forEach((id, i) => {
    // A delta is the time since the sample before.
    const us = timeDeltas[i + 1] ?? 0;
    const place = places.get(id) ?? "?";
    if (place === IDLE) idleUs += us;
    else {
      busyUs += us;
      selfUs.set(place, (selfUs.get(place) ?? 0) + us);
    }
  });
  const top = [...selfUs].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  const rows = top
    .filter(([, us]) => us >= busyUs * SHARE_MIN)
    .map(([place, us]) => [share(us / busyUs), (us / 1_000).toFixed(0), ...place.split("\t")]);
  const seconds = (times.endTime - times.startTime) / 1e6;
  return [
    `${basename(file)}: ${figure(seconds)} s, busy for ${share(busyUs / Math.max(busyUs + idleUs, 1))} of them`,
    ...table(
      [["of busy", "self, ms", "function", "where"], ...rows.map((row) => [...row, ""].slice(0, 4))],
      [2, 3],
    ),
    "",
  ].join("\n");
}

/** Function and file, with a tab between; native functions have no file. */
function placeOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = decodeURIComponent(url)
    .replace(/^file:\/\//, "")
    .replace(/^.*\/node_modules\//, "")
    .replace(/^.*\/((?:apps|packages)\/)/, "$1");
  return `${name}\t${path}:${lineNumber + 1}`;
}

const share = (of: number): string => `${(100 * of).toFixed(1)} %`;
