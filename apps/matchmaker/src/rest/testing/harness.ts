import { createHash } from "node:crypto";
import { memoryCluster } from "@warren/cluster/memory";
import type { Game } from "@warren/game";
import { systemClock } from "@warren/kernel";
import { createLogger, createRegistry, readConfig } from "@warren/service";
import { afterAll } from "vitest";
import { matchmakerOptions } from "../../config.ts";
import { type RunningMatchmaker, startMatchmaker } from "../../main.ts";

// Matchmakers on a memory cluster, and a client that sees what is on the wire.

export const SECRET = "a secret that is only for tests, 32+";
export const keyHash = (secret: string) => createHash("sha256").update(secret).digest("hex");

export type Cluster = ReturnType<typeof memoryCluster>;
/** Closed in reverse when the tests of the file are over, or by {@link closeAll} before. */
export const closing: (() => Promise<unknown>)[] = [];
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}
afterAll(closeAll);

export function newCluster(): Cluster {
  const cluster = memoryCluster(systemClock);
  closing.push(() => cluster.close());
  return cluster;
}

export interface Replica extends RunningMatchmaker {
  /** Lines of the metrics page that begin so. */
  metric(name: string): Promise<string[]>;
}

export async function startReplica(
  game: Game,
  settings: Record<string, string> = {},
  cluster = newCluster(),
): Promise<Replica> {
  const env = { WARREN_AUTH_SECRET: SECRET, WARREN_HTTP_PORT: "0", WARREN_STOP_MS: "1000", ...settings };
  const { config } = readConfig(matchmakerOptions, env, []);
  const log = createLogger({ name: "test", level: "silent", format: "json" });
  const registry = createRegistry("matchmaker");
  const running = await startMatchmaker({ config, game, cluster, log, registry });
  closing.push(() => running.close());
  return {
    ...running,
    metric: async (name) => (await registry.metrics()).split("\n").filter((line) => line.startsWith(name)),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly body: any;
}

export interface Call {
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

let keys = 0;
/** A request as a client makes it: JSON, and a new idempotency key for what needs one. */
export async function call(url: string, what: string, { token, headers, body }: Call = {}): Promise<Answer> {
  const [method = "GET", path = "/"] = what.split(" ");
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": `k${++keys}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

export async function newGuest(url: string): Promise<{ playerId: string; token: string }> {
  return (await call(url, "POST /v1/guests")).body;
}

export interface Event {
  readonly id?: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly data: any;
}

/** The open event stream of a ticket. */
export function follow(url: string, ticketId: string, token: string, lastEventId?: string) {
  return openStream(`${url}/v1/tickets/${ticketId}/events`, token, lastEventId);
}

/** An open event stream; `events` grows as they come. */
export async function openStream(url: string, token: string, lastEventId?: string) {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
    signal: abort.signal,
  });
  const events: Event[] = [];
  const ended = (async () => {
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) if (!block.startsWith(":")) events.push(eventOf(block));
      }
      return "ended";
    } catch {
      return "cut";
    }
  })();
  return { response, events, ended, close: () => abort.abort() };
}

function eventOf(block: string): Event {
  const fields = Object.fromEntries(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  return { ...fields, data: JSON.parse(fields["data"] as string) } as Event;
}
