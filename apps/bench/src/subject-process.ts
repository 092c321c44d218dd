import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Figures, Size } from "./benchmark.ts";

/** To the process: do a round. */
export const ROUND = "round";
/** From it. */
export type Answer = { readonly figures: Figures } | { readonly error: string };

/**
 * One subject on one workload in a process of its own, so that none shares compiled code and inline caches with
 * another. It stays for all rounds, and does nothing between them.
 */
export class SubjectProcess {
  readonly #child: ChildProcess;
  readonly #title: string;
  readonly #exited: Promise<void>;

  /** `profileFolder`: writes a CPU profile there when it ends. */
  constructor(
    benchmark: string,
    subject: string,
    workload: string,
    size: Size,
    profileFolder: string | undefined,
  ) {
    this.#title = `${subject}, ${workload}`;
    const profile = `${benchmark} ${subject} ${workload}`.replace(/\W+/g, "-");
    this.#child = fork(
      fileURLToPath(new URL("./subject-main.js", import.meta.url)),
      [benchmark, subject, workload, size],
      {
        execArgv:
          profileFolder === undefined
            ? []
            : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${profile}.cpuprofile`],
        // What a library prints must not get between us and who reads our output.
        stdio: ["ignore", 2, 2, "ipc"],
      },
    );
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
  }

  round(): Promise<Figures> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const ended = (code: number | null) => {
        child.off("message", answered);
        reject(new Error(`${this.#title}: the process ended with ${code}`));
      };
      const answered = (answer: Answer) => {
        child.off("exit", ended);
        if ("figures" in answer) resolve(answer.figures);
        else reject(new Error(`${this.#title}: ${answer.error}`));
      };
      child.once("message", answered);
      child.once("exit", ended);
      child.send(ROUND, (error) => {
        if (error) reject(error);
      });
    });
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}
