import { type ChildProcess, spawn } from "node:child_process";

/** A process a test started. Ended by pid, and only this one. */
export interface Launched {
  readonly pid: number;
  /** Everything it said so far, both streams. */
  output(): string;
  /** Resolves with the match when its output matches; rejects when it ends first or takes too long. */
  said(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Sends a signal, and does nothing when it has ended: its number may be another's by now. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal and resolves with the exit code (null: a signal ended it). */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Starts a program with an environment of its own. */
export function launch(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Launched {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  let text = "";
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      alive.delete(child);
      resolve(code);
      for (const listener of listeners) listener();
    });
  });
  return {
    pid: child.pid ?? -1,
    output: () => text,
    exited,
    said: (pattern, timeoutMs = 30_000) =>
      new Promise((resolve, reject) => {
        const done = (settle: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          settle();
        };
        const fail = (why: string) =>
          done(() => reject(new Error(`${command} ${args.join(" ")} ${why}; it said:\n${text}`)));
        const look = () => {
          const match = text.match(pattern);
          if (match) done(() => resolve(match));
          else if (child.exitCode !== null || child.signalCode !== null)
            fail(`ended before it said ${pattern}`);
        };
        const timer = setTimeout(() => fail(`did not say ${pattern} in ${timeoutMs} ms`), timeoutMs);
        listeners.add(look);
        look();
      }),
    signal: (signal) => void child.kill(signal),
    async end(signal = "SIGTERM") {
      child.kill(signal);
      return exited;
    },
  };
}
