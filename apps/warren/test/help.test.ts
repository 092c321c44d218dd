import { expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import { helpOf, usage } from "../src/help.ts";

// What a person reads first. When a text changes on purpose: `vitest run --project unit apps/warren -u`.

it("warren help", async () => {
  await expect(`${usage(COMMANDS)}\n`).toMatchFileSnapshot("help/warren.txt");
});

it.each(COMMANDS.map((command) => [command.name, command] as const))(
  "warren %s --help",
  async (name, command) => {
    const help = helpOf(command);
    for (const line of help.split("\n")) expect(line).not.toMatch(/undefined|\[object|\s$/);
    await expect(`${help}\n`).toMatchFileSnapshot(`help/${name}.txt`);
  },
);
