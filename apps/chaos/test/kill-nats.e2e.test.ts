import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const chaos = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { env: process.env, timeout: 110_000 });

it("NATS is killed twice while players play, many by a relay: no event or action is lost or doubled, no socket dropped", async () => {
  const { stdout } = await chaos("kill-nats", "--kills", "2", "--players", "24", "--seed", "7", "--json");
  const report = JSON.parse(stdout) as Record<string, number>;
  expect(report).toMatchObject({
    seed: 7,
    players: 24,
    natsKills: 2,
    eventsLost: 0,
    eventsDuplicated: 0,
    actionsLost: 0,
    actionsDuplicated: 0,
    socketsDropped: 0,
    epochsFallen: 0,
    ticksMissed: 0,
    problems: [],
  });
  expect(report["relayedPlayers"]).toBeGreaterThan(3);
  expect(report["events"]).toBeGreaterThan(1_000);
  expect(report["actions"]).toBeGreaterThan(500);
}, 120_000);

it("says what it does not take", async () => {
  await expect(chaos("kill-nats", "--nats", "2")).rejects.toThrow("--nats is 2; accepted: 1 or 3");
});
