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

/** Where the time of a process went, without that of what a function calls. Times in µs. */
export interface SelfTimes {
  readonly file: string;
  readonly seconds: number;
  readonly busyUs: number;
  readonly idleUs: number;
  readonly byPlace: ReadonlyMap<string, number>;
}

export function selfTimes(file: string, profile: CpuProfile): SelfTimes {
  const { nodes, samples, timeDeltas, startTime, endTime } = profile;
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const byPlace = new Map<string, number>();
  let idleUs = 0;
  let busyUs = 0;
  samples.forEach((id, i) => {
    // A delta is the time since the sample before.
    const us = timeDeltas[i + 1] ?? 0;
    const place = places.get(id) ?? "?";
    if (place === IDLE) idleUs += us;
    else {
      busyUs += us;
      byPlace.set(place, (byPlace.get(place) ?? 0) + us);
    }
  });
  return { file, seconds: (endTime - startTime) / 1e6, busyUs, idleUs, byPlace };
}

/** The functions in which most of a process's busy time was spent. */
export function profileTable({ file, seconds, busyUs, idleUs, byPlace }: SelfTimes): string {
  const top = [...byPlace]
    .sort((a, b) => b[1] - a[1])
    .slice(0, SHOWN)
    .filter(([, us]) => us >= busyUs * SHARE_MIN);
  const rows = top.map(([place, us]) => {
    const [name = "", where = ""] = place.split("\t");
    return [share(us / busyUs), (us / 1_000).toFixed(0), name, where];
  });
  return [
    `${basename(file)}: ${figure(seconds)} s, busy for ${share(busyUs / Math.max(busyUs + idleUs, 1))} of them`,
    ...table([["of busy", "self, ms", "function", "where"], ...rows], [2, 3]),
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
