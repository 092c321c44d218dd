#!/usr/bin/env node
import { ConfigError } from "@warren/service";
import { COMMANDS } from "./commands/index.ts";
import { helpOf, usage } from "./help.ts";
import { fail, say, screenOf } from "./terminal.ts";

async function run([name = "help", ...argv]: readonly string[]): Promise<void> {
  if (["help", "--help", "-h"].includes(name)) return say(usage(COMMANDS));
  const command = COMMANDS.find((known) => known.name === name);
  if (!command) {
    const names = COMMANDS.map((known) => known.name).join(", ");
    throw new ConfigError([`there is no command ${JSON.stringify(name)}; there are ${names}`]);
  }
  if (argv.includes("--help") || argv.includes("-h"))
    return say(helpOf(command, screenOf(process.stdout, process.env).columns));
  // The one place that reads the environment.
  await command.run({ argv, env: process.env });
}

// Who reads may stop reading, as `| head` does: what is left to say is lost, and what is under way ends as it should.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

run(process.argv.slice(2)).catch(fail);
