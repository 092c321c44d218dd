import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCENARIOS } from "@warren/loadtest";
import { afterAll, beforeAll, expect, it } from "vitest";
import dots from "./docs/dots.ts";
import friday from "./docs/friday.ts";
import { warren, warrenDev } from "./processes.ts";

const text = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-docs-"));
  for (const name of ["dots.ts", "friday.ts"])
    await writeFile(join(folder, name), await text(`docs/${name}`));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("the example of docs/loadtest.md is this file, which compiles, and its game the README's", async () => {
  const block = async (name: string) =>
    `<!-- file: ${name} -->\n\`\`\`ts\n${await text(`docs/${name}`)}\`\`\`\n`;
  expect(await text("../../../docs/loadtest.md")).toContain(await block("friday.ts"));
  expect(await text("../../../README.md")).toContain(await block("dots.ts"));
});

it("the example is a mix of players for that game", () => {
  expect(friday).toMatchObject({ about: "a Friday evening", parts: [{ weight: 3 }, { weight: 1 }] });
  expect(Object.keys(dots.queues)).toEqual(["duo"]);
});

it("docs/loadtest.md has all scenarios there are", async () => {
  const docs = await text("../../../docs/loadtest.md");
  for (const name of Object.keys(SCENARIOS)) expect(docs).toContain(`| \`${name}\` |`);
});

it("the example runs from any folder without an error", async () => {
  const { server, url } = await warrenDev([join(folder, "dots.ts")]);
  try {
    const args = ["friday.ts", "--game", "dots.ts", "--duration", "8s", "--threshold", "errors.total<=0"];
    const run = warren(["loadtest", ...args, "--threshold", "stages.joined>=10", "--url", url], {}, folder);
    const code = await run.exited;
    expect(code, run.output()).toBe(0);
    const report = await readFile(join(folder, "warren-loadtest.html"), "utf8");
    expect(report.includes("friday.ts")).toBe(true);
  } finally {
    await server.end();
  }
});
