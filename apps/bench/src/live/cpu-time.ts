import { readdirSync, readFileSync } from "node:fs";

/**
 * Time all threads of a process have had on a processor so far, ns: garbage collectors and compilers too. A thread that
 * has ended is not counted any more; Node's stay.
 */
export function cpuNs(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [onCpuNs = "0"] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    sum += Number(onCpuNs);
  }
  return sum;
}

/** Resident memory of a process, bytes. */
export function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}
