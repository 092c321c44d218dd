import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

it("every matchmaker and every NATS server is restarted while bots play: nobody asks more than three times, no socket drops", async () => {
  const args = ["rolling-restart", "--bots", "60", "--seed", "5", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
    env: process.env,
    timeout: 110_000,
  });
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({
    bots: 60,
    restarts: { matchmakers: 3, natsServers: 3 },
    failed: 0,
    socketsDropped: 0,
    actionsWrong: 0,
    eventsWrong: 0,
    problems: [],
  });
  expect(report["plays"]).toBeGreaterThan(120);
  expect(report["requests"]).toBeGreaterThan(300);
}, 120_000);
