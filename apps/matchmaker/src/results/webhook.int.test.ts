import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, createRegistry } from "@warren/service";
import { eventually, VirtualClock } from "@warren/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { matchmakerMetrics } from "../metrics.ts";
import { type Telling, UNDELIVERED_MAX, Webhook } from "./webhook.ts";

const DAY_MS = 24 * 3_600_000;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function telling(number: number, reportedAtMs = 0): Telling {
  const result = { matchId: `m_main_1_${number}`, roomId: "r_1", teams: [], reportJson: "" };
  const entry = { seq: number, queue: "duel", result, reportedAtMs, rated: true, delivered: false };
  return { entry, changes: async () => [] };
}

/** A webhook to an endpoint that always answers 503, with the times it was asked. */
async function failing() {
  const clock = new VirtualClock();
  const askedAtMs: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === "POST") askedAtMs.push(clock.monotonicMs());
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const registry = createRegistry("matchmaker");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const webhook = new Webhook({
    url,
    secret: "only for tests",
    clock,
    log: createLogger({ name: "test", level: "silent", format: "json" }),
    metrics: matchmakerMetrics(registry),
  });
  const count = async (outcome: string) => {
    const line = (await registry.metrics()).split("\n").find((each) => each.includes(`outcome="${outcome}"`));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  /** What was sent before has arrived. */
  const arrived = async () => void (await (await fetch(url)).text());
  return { clock, askedAtMs, webhook, count, arrived };
}

describe("a webhook that fails", () => {
  it("is tried again after 1 s, doubled up to 5 minutes", async () => {
    const { clock, askedAtMs, webhook, count, arrived } = await failing();
    const pausesMs = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000);
    for (const [tries, pauseMs] of [0, ...pausesMs].entries()) {
      // Too early by a millisecond, and then not.
      clock.advance(Math.max(0, pauseMs - 1));
      if (tries > 0) webhook.follow([telling(1)], 0);
      await arrived();
      clock.advance(Math.min(1, pauseMs));
      expect(webhook.follow([telling(1)], 0)).toEqual([]);
      await eventually(async () =>
        (await count("failed")) === tries + 1 ? undefined : `try ${tries + 1} is not over`,
      );
    }
    expect(askedAtMs.slice(1).map((atMs, i) => atMs - askedAtMs[i]!)).toEqual(pausesMs);
  });

  it("is given up after a day, and when too many wait the oldest go first", async () => {
    const { webhook, count } = await failing();
    expect(webhook.follow([telling(1, 0), telling(2, 1)], DAY_MS)).toEqual(["m_main_1_1"]);
    expect(await count("given_up")).toBe(1);
    const many = Array.from({ length: UNDELIVERED_MAX + 2 }, (_, i) => telling(i + 10));
    expect(webhook.follow(many, 0)).toEqual(["m_main_1_10", "m_main_1_11"]);
    expect(await count("given_up")).toBe(3);
    webhook.close();
  });
});
