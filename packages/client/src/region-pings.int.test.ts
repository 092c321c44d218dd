import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { pingRegions } from "./region-pings.ts";

/** A ping that shows, and leaves time for the others. */
const SLOW_MS = 250;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<{ url: string; port: number; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, paths };
}

const ok: RequestListener = (_request, response) => void response.end("pong");
const listing = (regions: object[]) =>
  serve((_request, response) => void response.end(JSON.stringify({ regions })));

it("the median of three pings for each region, after one that opens the connection; asked once in a while", async () => {
  // What loads when it is first used is not what is measured.
  await fetch((await serve(ok)).url);
  let asked = 0;
  // The first two are slow: one does not count, and the median leaves out the other.
  const slow = await serve(
    (_request, response) => void setTimeout(() => response.end(), asked++ < 2 ? SLOW_MS : 0),
  );
  const near = await serve(ok);
  const matchmaker = await listing([
    { region: "far", pingUrl: `${slow.url}/ping` },
    { region: "near", pingUrl: `:${near.port}/r/1/ping` },
  ]);
  const latencies = await pingRegions(matchmaker.url);
  expect(Object.keys(latencies).sort()).toEqual(["far", "near"]);
  for (const ms of Object.values(latencies)) {
    expect(Number.isInteger(ms)).toBe(true);
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(SLOW_MS);
  }
  expect([slow.paths, near.paths]).toEqual([Array(4).fill("/ping"), Array(4).fill("/r/1/ping")]);
  expect(await pingRegions(matchmaker.url)).toEqual(latencies);
  expect(matchmaker.paths).toEqual(["/v1/regions"]);
});

it("a region that does not answer is left out, and nobody waits for it for long", async () => {
  const near = await serve(ok);
  const silent = await serve(() => {});
  const matchmaker = await listing([
    { region: "near", pingUrl: `${near.url}/` },
    { region: "silent", pingUrl: `${silent.url}/` },
    { region: "gone", pingUrl: "http://127.0.0.1:1/" },
  ]);
  const startedAtMs = performance.now();
  expect(Object.keys(await pingRegions(matchmaker.url))).toEqual(["near"]);
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
});

it("who cannot say is asked again the next time", async () => {
  let isUp = false;
  const near = await serve(ok);
  const regions = [{ region: "near", pingUrl: `${near.url}/` }];
  const matchmaker = await serve((_request, response) =>
    isUp ? response.end(JSON.stringify({ regions })) : response.destroy(),
  );
  expect(await pingRegions(matchmaker.url)).toEqual({});
  isUp = true;
  expect(Object.keys(await pingRegions(matchmaker.url))).toEqual(["near"]);
});
