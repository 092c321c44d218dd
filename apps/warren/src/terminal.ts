import { InputError } from "@warren/kernel";
import { ConfigError, ListenError } from "@warren/service";
import { GameError } from "./load-game.ts";

/** Results go to stdout, everything else to stderr. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Ends the process with what was wrong: one clear line for what a person can mend, the whole error for what is ours. */
export function fail(error: unknown): never {
  const forPerson =
    error instanceof ConfigError ||
    error instanceof ListenError ||
    error instanceof GameError ||
    error instanceof InputError;
  if (error instanceof ConfigError)
    for (const problem of error.problems) process.stderr.write(`warren: ${problem}\n`);
  else if (forPerson || (error instanceof Error && error.cause === undefined))
    process.stderr.write(`warren: ${(error as Error).message}\n`);
  else
    process.stderr.write(
      `warren: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  process.exit(forPerson ? 2 : 1);
}
