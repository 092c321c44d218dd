import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "@warren/service";
import type { Env } from "./command.ts";
import { EXIT_FOR_PERSON } from "./exit-code.ts";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 10_000;
/** A process that lived this long begins with the shortest pause again. */
const STEADY_MS = 30_000;
/** What a child gets beyond its own limit to end by itself. */
const STOP_MARGIN_MS = 100;

/** Where a child listens. */
export interface Ports {
  readonly port: number;
  readonly adminPort: number;
  readonly grpcPort: number;
}

/** One process: a word of the command line, with its settings. */
export interface ChildSpec {
  readonly name: string;
  readonly argv: readonly string[];
  /** Settings on top of this process's own; secrets travel here and never on a command line. */
  readonly env: Env;
  /** How long it may take to stop, ms; then it is killed. */
  readonly stopMs: number;
  /** Called with the ports a start picked, so that a restart takes the same. */
  pin(ports: Ports): Env;
}

/** A child that could not even start; it said why itself. */
export class ChildStartError extends Error {
  override readonly name = "ChildStartError";
  readonly isForPerson: boolean;
  constructor(child: string, code: number | null, signal: NodeJS.Signals | null) {
    super(`${child} did not start (${signal ?? `exit code ${code}`})`);
    this.isForPerson = code === EXIT_FOR_PERSON;
  }
}

/**
 * Keeps one child process running. Does no work of its own. The child has a process group of its own, so that Ctrl-C at
 * a terminal reaches it once, by way of this process; it ends by itself when this process is gone.
 *
 *   starting ──ready──▶ running ──exit──▶ waiting ──backoff──▶ starting          any ──stop──▶ stopped
 */
export class Supervised {
  readonly #spec: ChildSpec;
  readonly #baseEnv: Env;
  readonly #log: Logger;
  #pinned: Env = {};
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ChildSpec, baseEnv: Env, log: Logger) {
    this.#spec = spec;
    this.#baseEnv = baseEnv;
    this.#log = log;
  }

  /** Resolves with its ports when it is ready; rejects when the first start fails. */
  start(): Promise<Ports> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  #spawn(onReady: (ports: Ports) => void, onFirstFailure: ((error: Error) => void) | undefined): void {
    const startedAtMs = performance.now();
    let ready = false;
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      this.#child = undefined;
      if (this.#stopping) return;
      if (!ready && onFirstFailure) return onFirstFailure(new ChildStartError(this.#spec.name, code, signal));
      if (performance.now() - startedAtMs > STEADY_MS) this.#failures = 0;
      const backoffMs = Math.min(BACKOFF_MS * 2 ** this.#failures++, BACKOFF_MS_MAX);
      this.#log.error(
        { event: "child.exited", child: this.#spec.name, code, signal, backoffMs },
        `${this.#spec.name} ended; starting it again`,
      );
      this.#timer = setTimeout(() => this.#spawn(() => {}, undefined), backoffMs);
    };
    const failed = (error: unknown) =>
      this.#log.error(
        { event: "child.failed", child: this.#spec.name, err: error },
        `${this.#spec.name} could not be started`,
      );
    let child: ChildProcess;
    try {
      child = fork(MAIN, [...this.#spec.argv], {
        env: { ...this.#baseEnv, ...this.#spec.env, ...this.#pinned },
        stdio: ["ignore", "inherit", "inherit", "ipc"],
        detached: true,
      });
    } catch (error) {
      failed(error);
      return ended(null, null);
    }
    this.#child = child;
    child.on("message", (message: { ready?: Ports }) => {
      if (!message.ready) return;
      ready = true;
      this.#pinned = this.#spec.pin(message.ready);
      this.#log.info(
        { event: "child.ready", child: this.#spec.name, childPid: child.pid, ...message.ready },
        `${this.#spec.name} is ready`,
      );
      onReady(message.ready);
    });
    child.on("exit", ended);
    child.on("error", (error) => {
      failed(error);
      // What never ran does not exit.
      if (child.pid === undefined) ended(null, null);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#spec.stopMs + STOP_MARGIN_MS);
    await exited;
    clearTimeout(timer);
  }
}
