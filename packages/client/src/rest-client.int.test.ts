import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { WarrenError } from "@warren/protocol/session";
import { afterEach, describe, expect, it } from "vitest";
import { RestClient } from "./rest-client.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A matchmaker that answers as told, and remembers what it was asked. */
async function serve(answer: RequestListener): Promise<{ url: string; seen: Seen[]; close: () => void }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  closing.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}

const ok: RequestListener = (_request, response) => void response.end('{"ok":true}');
const problem =
  (status: number, body: object): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
const cut: RequestListener = (request) => void request.socket.destroy();

async function deadUrl(): Promise<string> {
  const { url, close } = await serve(ok);
  close();
  return url;
}

const get = { method: "GET", path: "/v1/queues" } as const;

describe("RestClient", () => {
  it("needs a URL", () => {
    expect(() => new RestClient([])).toThrow(WarrenError);
  });

  it("sends JSON, token and headers; a slash at the end of a URL does not matter", async () => {
    const { url, seen } = await serve(ok);
    const rest = new RestClient([`${url}//`]);
    const headers = { "idempotency-key": "one" };
    await rest.json({ method: "POST", path: "/v1/tickets", token: "abc", body: { a: 1 }, headers });
    expect(seen).toEqual([
      {
        method: "POST",
        url: "/v1/tickets",
        headers: expect.objectContaining({
          authorization: "Bearer abc",
          "content-type": "application/json",
          "idempotency-key": "one",
        }),
        body: '{"a":1}',
      },
    ]);
  });

  it.each<[title: string, bad: () => Promise<string>]>([
    ["cannot be reached", deadUrl],
    ["cuts the connection", async () => (await serve(cut)).url],
    [
      "is not ready",
      async () => (await serve(problem(503, { code: "UNAVAILABLE", detail: "not ready" }))).url,
    ],
    [
      "is a proxy without a server",
      async () => (await serve((_q, response) => void response.writeHead(502).end("<html>"))).url,
    ],
  ])("asks the next matchmaker when one %s, and stays with it", async (_title, bad) => {
    const good = await serve(ok);
    const rest = new RestClient([await bad(), good.url]);
    expect(await rest.json(get)).toEqual({ ok: true });
    expect(rest.url).toBe(good.url);
    await rest.json(get);
    expect(good.seen).toHaveLength(2);
  });

  it("repeats a request with the same idempotency key", async () => {
    let tries = 0;
    const { url, seen } = await serve((request, response) =>
      ++tries < 3 ? cut(request, response) : ok(request, response),
    );
    await new RestClient([url]).json({ method: "POST", path: "/", headers: { "idempotency-key": "one" } });
    expect(seen.map(({ headers }) => headers["idempotency-key"])).toEqual(["one", "one", "one"]);
  });

  it("does not repeat what cannot succeed; the problem is the error", async () => {
    const body = { code: "TICKET_EXISTS", detail: "one is open", ticketId: "t_1", status: 409 };
    const { url, seen } = await serve(problem(409, body));
    await expect(new RestClient([url]).json(get)).rejects.toMatchObject({
      name: "WarrenError",
      code: "TICKET_EXISTS",
      message: "one is open",
      details: { ticketId: "t_1" },
    });
    expect(seen).toHaveLength(1);
  });

  it("an answer of somebody else's is not taken for a problem of ours", async () => {
    const { url } = await serve(problem(404, { code: "NO_SUCH_CODE" }));
    await expect(new RestClient([url]).json(get)).rejects.toMatchObject({ code: "INTERNAL", message: /404/ });
  });

  it("ends with UNAVAILABLE and the URL when nobody answers", async () => {
    const url = await deadUrl();
    await expect(new RestClient([url]).json(get)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: `${url} cannot be reached`,
    });
  });

  it("stops at once when its signal aborts", async () => {
    const { url, seen } = await serve(() => {});
    const abort = new AbortController();
    const asked = new RestClient([url, url]).json({ ...get, signal: abort.signal });
    await expect.poll(() => seen.length).toBe(1);
    abort.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    expect(seen).toHaveLength(1);
  });
});
