import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const chaos = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { env: process.env, timeout: 110_000 });

it("the decider is killed twice while players queue: nobody is lost, nobody is in two matches", async () => {
  const args = ["kill-matchmaker", "--kills", "2", "--rate", "60", "--quiet", "30", "--seed", "7", "--json"];
  const { stdout } = await chaos(...args);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({ seed: 7, deciderKills: 2, lost: 0, doubleAssigned: 0, problems: [] });
  expect(report["tickets"]).toBeGreaterThan(600);
  expect(report["assigned"]).toBeGreaterThan(400);
  expect((report["takeoverMs"] as { max: number }).max).toBeLessThanOrEqual(8_000);
}, 120_000);

it("says what it can do, and what it does not take", async () => {
  expect((await chaos("--help")).stdout).toContain("pnpm chaos kill-matchmaker");
  await expect(chaos("kill-everything")).rejects.toThrow("there is no scenario kill-everything");
  await expect(chaos("kill-matchmaker", "--rate", "0")).rejects.toThrow(
    "--rate is 0; accepted: a whole number from 1 to 2000",
  );
});
