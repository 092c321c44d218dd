import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Launched, openBrowser } from "@warren/testkit";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newCa, newCertificate } from "../src/certificate.ts";
import { warren } from "./processes.ts";

// Chromium and a matchmaker with a certificate of a CA made here: what a browser needs for HTTP/2.

let folder: string;
let server: Launched;
let url: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-tls-"));
  const { cert, key } = await newCertificate(await newCa(Date.now()), {
    name: "localhost",
    names: [{ type: "ip", value: "127.0.0.1" }],
    days: 1,
    nowMs: Date.now(),
  });
  const files = [join(folder, "cert.pem"), join(folder, "key.pem")] as const;
  await writeFile(files[0], cert);
  await writeFile(files[1], key, { mode: 0o600 });
  server = warren(["dev", "--http-tls-cert", files[0], "--http-tls-key", files[1]]);
  [, url = ""] = await server.said(/^warren ready (https:\S+)$/m);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.end();
  await rm(folder, { recursive: true, force: true });
});

it("a page follows eight tickets' events at once, over HTTP/2: over HTTP/1.1 it could six", async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${url}/v1/queues`);
  const found = await page.evaluate(async () => {
    const post = async (path: string, headers: Record<string, string>, body?: object) => {
      const init = body ? { body: JSON.stringify(body) } : {};
      const type: Record<string, string> = body ? { "content-type": "application/json" } : {};
      const response = await fetch(path, { method: "POST", headers: { ...type, ...headers }, ...init });
      return (await response.json()) as { token: string; ticketId: string };
    };
    const follow = async (n: number) => {
      const { token } = await post("/v1/guests", {});
      const authorization = `Bearer ${token}`;
      const { ticketId } = await post(
        "/v1/tickets",
        { authorization, "idempotency-key": `tls-test-${n}-${Math.random()}` },
        { queues: ["duel"], join: { name: `P${n}` } },
      );
      const path = `/v1/tickets/${ticketId}/events`;
      const response = await fetch(path, { headers: { authorization } });
      const chunk = await response.body?.getReader().read();
      // Left open: all eight are followed at one time.
      return { path, text: new TextDecoder().decode(chunk?.value) };
    };
    const streams: { path: string; text: string }[] = [];
    for (let n = 0; n < 8; n++) streams.push(await follow(n));
    const protocols = performance
      .getEntriesByType("resource")
      .map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol);
    const [page] = performance.getEntriesByType("navigation") as PerformanceResourceTiming[];
    return { streams, protocols: [...new Set([...protocols, page?.nextHopProtocol])] };
  });
  expect(found.streams).toHaveLength(8);
  for (const { text } of found.streams) expect(text).toMatch(/^id: \d+\nevent: \w+/);
  expect(found.protocols).toEqual(["h2"]);
  await context.close();
});
