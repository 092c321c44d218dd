import { helpLines } from "@warren/service";
import type { Command } from "./command.ts";

/** What `warren help` prints. */
export function usage(commands: readonly Command[]): string {
  const lines = commands.map(({ name, args, text }) => `  ${`${name} ${args}`.padEnd(26)}${text}`);
  return [
    "warren: multiplayer rooms and matchmaking",
    "",
    "  warren <command> [game file] [options]",
    "",
    ...lines,
    "",
    "  warren <command> --help lists its options. Without a game file the arena demo runs.",
  ].join("\n");
}

/** What `warren <command> --help` prints. */
export function helpOf({ name, args, text, options }: Command, columns?: number): string {
  return [`warren ${name} ${args}`.trimEnd(), `  ${text}`, "", ...helpLines(options, columns)].join("\n");
}
