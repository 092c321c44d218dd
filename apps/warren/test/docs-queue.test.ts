import { readFile } from "node:fs/promises";
import { defineQueue } from "@warren/game";
import { queueWarnings } from "@warren/matchmaking";
import { expect, it } from "vitest";
import { queueLines } from "../src/queue-lines.ts";
import { screenOf } from "../src/terminal.ts";
import game from "./docs/ranked.ts";

const screen = screenOf({}, {});
const docs = readFile(new URL("../../../docs/game.md", import.meta.url), "utf8");

it("the queue of docs/game.md is this file, which compiles and says everything there is", async () => {
  const file = await readFile(new URL("./docs/ranked.ts", import.meta.url), "utf8");
  expect(await docs).toContain(`\`\`\`ts\n${file}\`\`\`\n`);
  const least = defineQueue({ room: "field", size: 2 });
  for (const [field, value] of Object.entries(game.queues.ranked)) {
    if (field !== "orphanGraceMs" && field !== "room")
      expect([field, value]).not.toEqual([field, least[field as keyof typeof least]]);
    expect(await docs).toContain(`\`${field}`);
  }
});

it("only regions are left to think of in it", () => {
  expect(queueWarnings(game.queues.ranked).map(({ field }) => field)).toEqual(["latency"]);
});

it("is told in words", async () => {
  await expect(`${queueLines("ranked", game.queues.ranked, screen).join("\n")}\n`).toMatchFileSnapshot(
    "docs/ranked.txt",
  );
});
