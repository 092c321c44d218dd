import { execFile } from "node:child_process";

/** Environment of the process, passed in by its config; nothing here reads it by itself. */
export type Env = Readonly<Record<string, string | undefined>>;

const OUTPUT_SHOWN_CHARS = 1_000;

/** The lines that apt marks as errors, if there are any. */
function saidWrong(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("E: "))
    .join("\n")
    .slice(0, OUTPUT_SHOWN_CHARS);
}

/** Runs a program to its end; rejects with the end of what it said. */
export function run(
  path: string,
  args: string[],
  options: { env: Env; timeoutMs: number; cwd?: string },
): Promise<string> {
  const { env, timeoutMs: timeout, cwd } = options;
  return new Promise((resolve, reject) => {
    execFile(
      path,
      args,
      { env: { ...env, LC_ALL: "C" }, timeout, ...(cwd && { cwd }) },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else {
          const why = error.killed
            ? `took more than ${timeout} ms`
            : (error.code ?? error.signal ?? "failed");
          const said = saidWrong(stderr) || `${stdout}${stderr}`.trim().slice(-OUTPUT_SHOWN_CHARS);
          reject(new Error(`${path} ${args.join(" ")}: ${why}${said && `\n${said}`}`));
        }
      },
    );
  });
}
