import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../src/result.ts";

const MAIN = fileURLToPath(new URL("../../warren/bin/warren.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of `--json`. */
  result(): RunResult;
}

// Of a test that failed, too, nothing stays.
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** `warren loadtest` as a person starts it. */
export class LoadTestProcess {
  readonly ended: Promise<Ended>;
  readonly #child;
  #stderr = "";

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [MAIN, "loadtest", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    alive.add(child);
    child.once("exit", () => alive.delete(child));
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (this.#stderr += chunk));
    this.ended = new Promise((resolve) =>
      child.once("close", (code) =>
        resolve({
          code,
          stdout,
          stderr: this.#stderr,
          result: () => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RunResult,
        }),
      ),
    );
  }

  /** What people were told so far. */
  stderr(): string {
    return this.#stderr;
  }

  /** As `| head` does. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
