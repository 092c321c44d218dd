import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Part } from "../measure/part.ts";
import type { FromGenerator, ToGenerator } from "./messages.ts";
import type { RunPlan, Share } from "./run-plan.ts";

/** One that does not end by itself when all is over is ended. */
const END_MS = 3_000;

export interface GeneratorHandlers {
  onPart(part: Part): void;
  onScenarioError(message: string): void;
}

/** A generator in a process of its own. */
export class GeneratorProcess {
  readonly #child: ChildProcess;
  /** With its scenario and its game loaded. Rejects with what is wrong with them. */
  readonly ready: Promise<void>;
  /** Its whole run. Rejects when the process ends before. */
  readonly done: Promise<{ lagMsP99: number }>;

  constructor(plan: RunPlan, share: Share, handlers: GeneratorHandlers) {
    // Compiled, also when this file is not.
    const main = fileURLToPath(new URL("../../dist/run/generator-main.js", import.meta.url));
    const child = fork(main, [], {
      serialization: "advanced",
      // What a scenario prints must not get between us and who reads our output.
      stdio: ["ignore", 2, 2, "ipc"],
    });
    this.#child = child;
    let isReady: () => void = () => {};
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.done = new Promise((resolve, reject) => {
      child.on("message", (message: FromGenerator) => {
        if ("ready" in message) isReady();
        else if ("part" in message) handlers.onPart(message.part);
        else if ("scenarioError" in message) handlers.onScenarioError(message.scenarioError);
        else if ("done" in message) resolve(message.done);
        else reject(new Error(message.failed));
      });
      child.once("error", reject);
      child.once("exit", (code, signal) =>
        reject(new Error(`generator ${share.index} ended with ${signal ?? code}`)),
      );
    });
    this.ready = Promise.race([this.ready, this.done.then(() => {})]);
    this.done.catch(() => {});
    this.#send({ plan, share });
  }

  start(startAtMs: number): void {
    this.#send({ startAtMs });
  }

  /** Its players leave. */
  stop(): void {
    this.#send({ stop: true });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_MS);
    await exited;
    clearTimeout(timer);
  }

  #send(message: ToGenerator): void {
    // One that is gone says so by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
