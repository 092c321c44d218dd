import { InputError } from "@warren/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ADMIN_BODY_BYTES_MAX } from "./admin-routes.ts";
import { startAdminServer } from "./admin-server.ts";
import { Counter, createRegistry } from "./metrics.ts";

const registry = createRegistry("test");
new Counter({ name: "warren_test_total", help: "A test.", registers: [registry] }).inc(3);
let ready = true;
let admin: Awaited<ReturnType<typeof startAdminServer>>;
const routes = {
  "/admin/v1/echo": (body: unknown) => ({ echo: body }),
  "/admin/v1/refuse"() {
    throw new InputError("topic", "", "1 to 64 characters");
  },
};
const options = { host: "127.0.0.1", registry, ready: () => ready, routes };
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
    "not found; there are /metrics, /healthz, /readyz, /admin/v1/echo and /admin/v1/refuse\n",
  ]);
});

it("a port in use is said in one line", async () => {
  await expect(startAdminServer({ ...options, port: admin.port })).rejects.toThrow(
    `port ${admin.port} is in use; set WARREN_ADMIN_PORT to another port, or 0 for any`,
  );
});

async function post(path: string, body: string, headers: Record<string, string> = {}, method = "POST") {
  const response = await fetch(`http://127.0.0.1:${admin.port}/admin/v1/${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body } : {}),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

it("a route takes JSON and answers with JSON, and with a problem when it is refused", async () => {
  expect(await post("echo", '{"a":[1]}')).toMatchObject({ status: 200, body: { echo: { a: [1] } } });
  expect(await post("refuse", "{}")).toMatchObject({
    status: 400,
    body: { code: "INVALID_ARGUMENT", field: "topic", detail: 'topic is ""; accepted: 1 to 64 characters' },
  });
});

it("a route takes nothing else: no other method, no other type, no large body, nothing of a web page", async () => {
  const codeOf = async (...args: Parameters<typeof post>) => (await post(...args)).body["code"];
  expect(await codeOf("echo", "", {}, "GET")).toBe("METHOD_NOT_ALLOWED");
  expect(await codeOf("echo", "{}", { "content-type": "text/plain" })).toBe("UNSUPPORTED_MEDIA_TYPE");
  expect(await codeOf("echo", "{")).toBe("MALFORMED_JSON");
  expect(await codeOf("echo", `"${"x".repeat(ADMIN_BODY_BYTES_MAX)}"`)).toBe("BODY_TOO_LARGE");
  expect(await codeOf("echo", "{}", { origin: `http://127.0.0.1:${admin.port}` })).toBe("FORBIDDEN");
  expect((await post("echo", "{}")).headers.get("access-control-allow-origin")).toBeNull();
});
