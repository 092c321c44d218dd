import { readFile } from "node:fs/promises";
import { isatty } from "node:tty";

/** Certificates change every few weeks; a minute late is soon enough. */
const LOOK_MS = 60_000;

/**
 * Reads files, and again when they change on disk: it looks once a minute and on SIGHUP. `use` takes their contents
 * in the order of `paths`. What reading or `use` throws the first time is thrown; later it goes to `failed`, once for
 * each new problem, and what was used before stays. Answers with what stops it.
 */
export async function watchFiles(options: {
  readonly paths: readonly string[];
  use(contents: readonly Buffer[]): void;
  failed(error: Error): void;
}): Promise<() => void> {
  const { paths, use, failed } = options;
  const readAll = () => Promise.all(paths.map((path) => readFile(path)));
  let seen = await readAll();
  use(seen);

  let told = "";
  const look = async () => {
    try {
      const found = await readAll();
      if (found.every((bytes, i) => bytes.equals(seen[i] as Buffer))) return;
      // What cannot be used is not tried again until it has changed.
      seen = found;
      use(found);
      told = "";
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error));
      if (problem.message !== told) failed(problem);
      told = problem.message;
    }
  };
  let last = Promise.resolve();
  const lookNext = () => {
    last = last.then(look);
  };
  const timer = setInterval(lookNext, LOOK_MS);
  timer.unref();
  // At a terminal the signal means that it was closed, and ends the process as ever.
  if (!isatty(0)) process.on("SIGHUP", lookNext);
  return () => {
    clearInterval(timer);
    process.off("SIGHUP", lookNext);
  };
}
