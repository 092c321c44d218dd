import { parseArgs } from "node:util";
import { flag, type Option, usageOf, type ValuesOf } from "./option.ts";

export type Say = (line: string) => void;

/** What came of a run. */
export interface Verdict {
  /** For `--json`. */
  readonly report: object;
  readonly lines: readonly string[];
  /** Nothing was harmed. */
  readonly isWell: boolean;
}

export interface Scenario {
  /** Its options and what it does. */
  readonly help: string;
  /** Prints what came of it, and answers the exit code. Throws for options it does not take. */
  run(args: readonly string[], say: Say): Promise<number>;
}

export function scenario<const O extends Readonly<Record<string, Option<unknown>>>>(made: {
  readonly about: string;
  readonly options: O;
  /** A number: the exit code of another process, which has said all there is to say. */
  run(values: ValuesOf<O>, say: Say): Promise<Verdict | number>;
}): Scenario {
  const options = { ...made.options, json: flag };
  return {
    help: `${usageOf(options)}\n\n${made.about.replace(/^/gm, "  ")}\n`,
    async run(args, say) {
      const given = parseArgs({ args: [...args], options }).values as Record<string, string | boolean>;
      const values = Object.fromEntries(
        Object.entries(made.options).map(([name, option]) => [name, option.read(name, given[name])]),
      );
      const verdict = await made.run(values as ValuesOf<O>, say);
      if (typeof verdict === "number") return verdict;
      const { report, lines, isWell } = verdict;
      process.stdout.write(`${given["json"] ? JSON.stringify(report) : lines.join("\n")}\n`);
      return isWell ? 0 : 1;
    },
  };
}
