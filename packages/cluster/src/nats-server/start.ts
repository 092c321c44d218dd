import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endLeftover } from "./leftover.ts";

export interface StartNatsServerOptions {
  /** The program, from findNatsServer or ensureNatsServer. */
  readonly path: string;
  /** Holds its configuration and JetStream's store; created when missing. */
  readonly dataDir: string;
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** Where it logs; default: nowhere, and the end of what it said is in the error when it fails. */
  readonly logFile?: string;
  /** Most that JetStream may store, bytes. Default: the server's own (three quarters of what the disk has free). */
  readonly storeBytesMax?: number;
  /** Makes it one of several servers, on loopback too. */
  readonly cluster?: {
    readonly name: string;
    readonly serverName: string;
    readonly port: number;
    readonly routePorts: readonly number[];
  };
  /** Also answers `/healthz` and the like, on a free port of loopback. Default false. */
  readonly monitor?: boolean;
  /** Gives it a process group of its own, so that Ctrl-C at a terminal does not stop it before its clients. Default false. */
  readonly ownGroup?: boolean;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly port: number;
  /** Such as `http://127.0.0.1:40211`, when it was asked for. */
  readonly monitorUrl: string | undefined;
  readonly pid: number;
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<void>;
  /** Asks it to end, and ends it after {@link STOP_GRACE_MS}. */
  stop(): Promise<void>;
  /** Sends a signal and returns at once. */
  kill(signal: NodeJS.Signals): void;
}

export const STOP_GRACE_MS = 3_000;
/** A large store takes its time to come up. */
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 20;
const OUTPUT_SHOWN_CHARS = 2_000;

/** Starts a nats-server with JetStream on loopback and resolves when it takes connections. Ended with this process's exit. */
export async function startNatsServer(options: StartNatsServerOptions): Promise<RunningNatsServer> {
  const { path, dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  const config = join(dataDir, "nats-server.conf");
  await endLeftover(pidFileIn(dataDir), config);
  await writeFile(config, configOf(options));
  const child = spawn(path, ["--config", config, "--ports_file_dir", dataDir], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: options.ownGroup ?? false,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-OUTPUT_SHOWN_CHARS);
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve();
    });
    child.once("exit", () => resolve());
  }).finally(() => process.removeListener("exit", killWithUs));

  const portsFile = join(dataDir, `${basename(path)}_${child.pid}.ports`);
  const { url, monitorUrl } = await ready(child, portsFile, options.monitor ?? false).catch(
    async (error: Error) => {
      child.kill("SIGKILL");
      await exited;
      throw new Error(`${path} ${error.message}${said && `; it said:\n${said.trim()}`}`);
    },
  );
  // Read once; left behind it would be of a process that ended.
  await rm(portsFile, { force: true });
  return {
    url,
    port: Number(new URL(url).port),
    monitorUrl,
    pid: child.pid!,
    exited,
    stop: () => stop(child, exited),
    kill: (signal) => child.kill(signal),
  };
}

interface Ports {
  readonly url: string;
  readonly monitorUrl: string | undefined;
}

async function ready(child: ChildProcess, portsFile: string, monitor: boolean): Promise<Ports> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`ended before it was ready (${child.signalCode ?? child.exitCode ?? "did not start"})`);
    }
    // It writes the file once every port listens and JetStream has recovered its store.
    const { nats, monitoring } = portsOf(await readFile(portsFile, "utf8").catch(() => ""));
    const [url] = nats ?? [];
    const [monitorUrl] = monitoring ?? [];
    if (url && (monitorUrl || !monitor)) return { url, monitorUrl };
    await pause(READY_POLL_MS);
  }
  throw new Error(`was not ready in ${READY_TIMEOUT_MS} ms`);
}

function portsOf(ports: string): { nats?: string[]; monitoring?: string[] } {
  try {
    return JSON.parse(ports) as { nats?: string[]; monitoring?: string[] };
  } catch {
    return {}; // not there yet, or half written
  }
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
  await exited;
  clearTimeout(timer);
}

function pidFileIn(dataDir: string): string {
  return join(dataDir, "nats-server.pid");
}

function configOf({
  dataDir,
  port = 0,
  logFile,
  storeBytesMax,
  monitor,
  cluster,
}: StartNatsServerOptions): string {
  const text = (value: string) => JSON.stringify(value);
  const lines = [
    "host: 127.0.0.1",
    `port: ${port === 0 ? -1 : port}`,
    ...(monitor ? ["http: 127.0.0.1:-1"] : []),
    "jetstream {",
    `  store_dir: ${text(dataDir)}`,
    ...(storeBytesMax ? [`  max_file_store: ${storeBytesMax}`] : []),
    "}",
    `pid_file: ${text(pidFileIn(dataDir))}`,
    ...(logFile ? [`log_file: ${text(logFile)}`] : []),
  ];
  if (cluster) {
    const routes = cluster.routePorts.map((route) => text(`nats://127.0.0.1:${route}`));
    lines.push(
      `server_name: ${text(cluster.serverName)}`,
      `cluster { name: ${text(cluster.name)}, host: 127.0.0.1, port: ${cluster.port}, routes: [${routes.join(", ")}] }`,
    );
  }
  return `${lines.join("\n")}\n`;
}
