import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { warren, warrenDev } from "./processes.ts";

let folder: string;
const files = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-readme-"));
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  for (const [, name = "", text = ""] of readme.matchAll(/<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/g))
    files.set(name, text);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("the README's room has at most 20 lines, its client at most 15", () => {
  const lines = (name: string) =>
    (files.get(name) ?? "").split("\n").filter((line) => line.trim() !== "").length;
  expect(lines("dots.ts")).toBeGreaterThan(10);
  expect(lines("dots.ts")).toBeLessThanOrEqual(20);
  expect(lines("client.ts")).toBeGreaterThan(5);
  expect(lines("client.ts")).toBeLessThanOrEqual(15);
});

it("the README's room runs from an empty folder, and its client plays it", async () => {
  await writeFile(join(folder, "dots.ts"), files.get("dots.ts") ?? "");
  const { server, url } = await warrenDev([join(folder, "dots.ts")]);
  try {
    const client = (files.get("client.ts") ?? "").replace("http://127.0.0.1:8080", url);
    expect(client).toContain(url);
    await writeFile(join(folder, "client.ts"), client);
    const players = [1, 2].map(() => warren(["run", "client.ts"], {}, folder));
    for (const player of players) {
      await player.said(/^Ann moved to 5\.\d, and [12] saw the wave$/m);
      expect(await player.exited).toBe(0);
    }
  } finally {
    await server.end();
  }
});
