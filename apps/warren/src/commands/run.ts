import { resolve } from "node:path";
import { InputError } from "@warren/kernel";
import type { Command } from "../command.ts";
import { GameError, importBundled } from "../load-game.ts";

export const run: Command = {
  name: "run",
  args: "<script>",
  text: "Runs a TypeScript file with @warren/client and @warren/game at hand",
  options: {},
  async run({ argv: [file, ...args] }) {
    if (file === undefined) throw new InputError("script", undefined, "a TypeScript or JavaScript file");
    process.argv = [process.execPath, resolve(file), ...args];
    await importBundled(resolve(file)).catch((error: unknown) => {
      if (error instanceof GameError) throw error;
      // The script's own failure, with its own lines.
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    });
  },
};
