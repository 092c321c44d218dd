import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const ENDS_MS = 3_000;
const POLL_MS = 20;

/**
 * Ends a nats-server that still runs on this configuration because whoever started it was killed: two on one store
 * would damage it. Only a process whose command line names the configuration is touched.
 */
export async function endLeftover(pidFile: string, config: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 1 || !(await runs(pid, config))) return;
  process.kill(pid, "SIGTERM");
  const untilMs = performance.now() + ENDS_MS;
  while (await runs(pid, config)) {
    if (performance.now() > untilMs) process.kill(pid, "SIGKILL");
    await pause(POLL_MS);
  }
  await rm(pidFile, { force: true });
}

/** A process that has ended but was not waited for has no command line any more. */
async function runs(pid: number, config: string): Promise<boolean> {
  const onLinux = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  if (onLinux !== undefined) return onLinux.includes(config);
  const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes(config);
}
