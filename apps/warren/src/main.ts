#!/usr/bin/env node
import { helpLines } from "@warren/service";
import { COMMANDS } from "./commands/index.ts";
import { fail, say } from "./terminal.ts";

function usage(): string {
  const lines = COMMANDS.map(({ name, args, text }) => `  ${`${name} ${args}`.padEnd(22)}${text}`);
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

async function run([name = "help", ...argv]: readonly string[]): Promise<void> {
  if (["help", "--help", "-h"].includes(name)) return say(usage());
  const command = COMMANDS.find((known) => known.name === name);
  if (!command)
    throw new Error(
      `there is no command ${JSON.stringify(name)}; there are ${COMMANDS.map((c) => c.name).join(", ")}`,
    );
  if (argv.includes("--help") || argv.includes("-h")) {
    return say(
      [`warren ${command.name} ${command.args}`, `  ${command.text}`, "", ...helpLines(command.options)].join(
        "\n",
      ),
    );
  }
  // The one place that reads the environment.
  await command.run({ argv, env: process.env });
}

run(process.argv.slice(2)).catch(fail);
