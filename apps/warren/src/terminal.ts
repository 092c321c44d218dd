import { InputError } from "@warren/kernel";
import { ConfigError, ListenError, wrapped } from "@warren/service";
import type { Env } from "./command.ts";
import { EXIT_FOR_PERSON } from "./exit-code.ts";
import { GameError } from "./load-game.ts";
import { ChildStartError } from "./supervisor.ts";

/** Wider than this the eye loses the line. */
const COLUMNS_MAX = 100;

/** How wide lines may be, and how a heading looks: bold for a person, plain in a file or with NO_COLOR. */
export interface Screen {
  readonly columns: number;
  heading(text: string): string;
}

export function screenOf({ isTTY, columns }: { isTTY?: boolean; columns?: number }, env: Env): Screen {
  const isPlain = !isTTY || Boolean(env["NO_COLOR"]);
  return {
    columns: Math.min((isTTY && columns) || COLUMNS_MAX, COLUMNS_MAX),
    heading: (text) => (isPlain ? text : `\u001b[1m${text}\u001b[22m`),
  };
}

/** Results go to stdout, everything else to stderr. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A problem, in lines as wide as the terminal; one line for a program that reads it. */
export function complain(problem: string): void {
  const { isTTY, columns } = process.stderr;
  process.stderr.write(
    `${wrapped(`warren: ${problem}`, isTTY ? columns - 2 : Number.POSITIVE_INFINITY).join("\n  ")}\n`,
  );
}

/** Ends the process with what was wrong: one clear line for what a person can mend, the whole error for what is ours. */
export function fail(error: unknown): never {
  const forPerson =
    error instanceof ConfigError ||
    error instanceof ListenError ||
    error instanceof GameError ||
    (error instanceof ChildStartError && error.isForPerson) ||
    error instanceof InputError;
  if (error instanceof ConfigError) for (const problem of error.problems) complain(problem);
  else if (forPerson || (error instanceof Error && error.cause === undefined))
    complain((error as Error).message);
  else
    process.stderr.write(
      `warren: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  process.exit(forPerson ? EXIT_FOR_PERSON : 1);
}
