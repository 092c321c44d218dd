import { type ChildProcess, fork } from "node:child_process";
import type { Logger } from "@warren/service";
import type { Env } from "./command.ts";

const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 10_000;
/** A process that lived this long begins with the shortest pause again. */
const STEADY_MS = 30_000;
const STOP_MS = 2_600;

export interface ChildSpec {
  readonly name: string;
  readonly argv: readonly string[];
  /** Settings on top of this process's own; secrets travel here and never on a command line. */
  readonly env: Env;
  /** Called with the ports the first start picked, so that a restart takes the same. */
  pin(port: number): Env;
}

/**
 * Keeps one child process running. Does no work of its own.
 *
 *   starting ──ready──▶ running ──exit──▶ waiting ──backoff──▶ starting          any ──stop──▶ stopped
 */
export class Supervised {
  readonly #main: string;
  readonly #spec: ChildSpec;
  readonly #baseEnv: Env;
  readonly #log: Logger;
  #pinned: Env = {};
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(main: string, spec: ChildSpec, baseEnv: Env, log: Logger) {
    this.#main = main;
    this.#spec = spec;
    this.#baseEnv = baseEnv;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves with its port when it is ready; rejects when the first start fails. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  #spawn(onReady: (port: number) => void, onFirstFailure: ((error: Error) => void) | undefined): void {
    const startedAtMs = performance.now();
    let ready = false;
    const child = fork(this.#main, [...this.#spec.argv], {
      env: { ...this.#baseEnv, ...this.#spec.env, ...this.#pinned },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (message: { ready?: { port: number } }) => {
      if (!message.ready) return;
      ready = true;
      this.#pinned = this.#spec.pin(message.ready.port);
      onReady(message.ready.port);
    });
    child.on("error", (error) =>
      this.#log.error(
        { event: "child.failed", child: this.#spec.name, err: error },
        `${this.#spec.name} could not be started`,
      ),
    );
    child.on("exit", (code, signal) => {
      this.#child = undefined;
      if (this.#stopping) return;
      if (!ready && onFirstFailure)
        return onFirstFailure(new Error(`${this.#spec.name} did not start (${signal ?? code})`));
      if (performance.now() - startedAtMs > STEADY_MS) this.#failures = 0;
      const backoffMs = Math.min(BACKOFF_MS * 2 ** this.#failures++, BACKOFF_MS_MAX);
      this.#log.error(
        { event: "child.exited", child: this.#spec.name, code, signal, backoffMs },
        `${this.#spec.name} ended; starting it again`,
      );
      this.#timer = setTimeout(() => this.#spawn(() => {}, undefined), backoffMs);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(timer);
  }
}
