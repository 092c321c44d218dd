import { afterAll, beforeAll, expect, it } from "vitest";
import { startAdminServer } from "./admin-server.ts";
import { Counter, createRegistry } from "./metrics.ts";

const registry = createRegistry("test");
new Counter({ name: "warren_test_total", help: "A test.", registers: [registry] }).inc(3);
let ready = true;
let admin: Awaited<ReturnType<typeof startAdminServer>>;
const options = { host: "127.0.0.1", registry, ready: () => ready };
beforeAll(async () => {
  admin = await startAdminServer({ ...options, port: 0 });
});
afterAll(() => admin.close());

async function get(path: string): Promise<[status: number, type: string | null, text: string]> {
  const response = await fetch(`http://127.0.0.1:${admin.port}${path}`);
  return [response.status, response.headers.get("content-type"), await response.text()];
}

it("/metrics is Prometheus text with the role on every line", async () => {
  const [status, type, text] = await get("/metrics");
  expect([status, type]).toEqual([200, expect.stringMatching(/^text\/plain; version=/)]);
  expect(text).toContain('warren_test_total{role="test"} 3');
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds/m);
});

it("/healthz answers while the process does, /readyz while it should get traffic", async () => {
  expect(await get("/healthz")).toEqual([200, "text/plain", "ok\n"]);
  expect(await get("/readyz")).toEqual([200, "text/plain", "ready\n"]);
  ready = false;
  expect(await get("/readyz")).toEqual([503, "text/plain", "not ready\n"]);
  expect((await get("/healthz"))[0]).toBe(200);
});

it("another path names those there are", async () => {
  expect(await get("/")).toEqual([
    404,
    "text/plain",
    "not found; there are /metrics, /healthz and /readyz\n",
  ]);
});

it("a port in use is said in one line", async () => {
  await expect(startAdminServer({ ...options, port: admin.port })).rejects.toThrow(
    `port ${admin.port} is in use; set WARREN_ADMIN_PORT to another port, or 0 for any`,
  );
});
