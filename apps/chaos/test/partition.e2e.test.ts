import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const run = promisify(execFile);
const chaos = (...args: string[]) =>
  run(process.execPath, [MAIN, "partition", ...args], { env: process.env, timeout: 110_000 });

const WHOLE = {
  ticksMissed: 0,
  epochsFallen: 0,
  doubleSeats: 0,
  roomsTwice: 0,
  socketsDropped: 0,
  problems: [],
};
const SHORT = ["--cuts", "1", "--longest", "7", "--players", "16", "--seed", "7", "--json"];

// Both wait most of the time, so they wait together.
it.concurrent("a host is cut off from all but its players: rooms tick on, and afterwards each is there once", async () => {
  const running = chaos(...SHORT, "--kind", "host");
  const { stdout, stderr } = await running;
  expect(JSON.parse(stdout)).toMatchObject({ seed: 7, cuts: 1, players: 16, ...WHOLE });
  // Where the kernel refuses, it is said.
  expect(stdout.includes('"means":"relays"')).toBe(stderr.includes("NO NETWORK NAMESPACES"));
  // Nothing is left of what it made.
  const { stdout: left } = await run("ip", ["netns", "list"]).catch(() => ({ stdout: "" }));
  expect(left).not.toContain(`warren-chaos-${running.child.pid}-`);
}, 120_000);

it.concurrent("relays cut where there are no namespaces: a room-server that NATS does not hear", async () => {
  const { stdout } = await chaos(...SHORT, "--kind", "to-nats", "--relays");
  expect(JSON.parse(stdout)).toMatchObject({ cuts: 1, means: "relays", ...WHOLE });
}, 120_000);

it("says what it does not take", async () => {
  await expect(chaos("--kind", "moon")).rejects.toThrow("--kind is moon; accepted: node-nats, replica-nats");
});
