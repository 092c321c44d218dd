import type { OptionTable } from "@warren/service";

export type Env = Readonly<Record<string, string | undefined>>;

/** One word of the command line. */
export interface Command {
  readonly name: string;
  /** What may follow the name, such as `[game]`. */
  readonly args: string;
  /** One line for the list of commands. */
  readonly text: string;
  readonly options: OptionTable;
  run(context: { argv: readonly string[]; env: Env }): Promise<void>;
}
