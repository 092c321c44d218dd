import { type ClientHttp2Session, type ClientSessionOptions, connect } from "node:http2";

/** Streams a server takes on one connection by default. */
const STREAMS_PER_CONNECTION = 80;

/** REST and events over a few HTTP/2 connections, as a browser behind TLS has them. */
export class FarClient {
  readonly #sessions: ClientHttp2Session[];
  #next = 0;

  /** `localAddress`: where it comes from. @default as the machine has it */
  constructor(url: string, streams: number, localAddress?: string) {
    const count = Math.max(2, Math.ceil(streams / STREAMS_PER_CONNECTION));
    const from = localAddress === undefined ? {} : { localAddress };
    this.#sessions = Array.from({ length: count }, () => connect(url, from as ClientSessionOptions));
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }

  /** The answer's JSON. Throws when it is an error. */
  async json<T>(
    method: string,
    path: string,
    token: string,
    body?: unknown,
    key?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    let status = 0;
    let text = "";
    await this.#request(
      {
        ":method": method,
        ":path": path,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...headers,
      },
      body === undefined ? undefined : JSON.stringify(body),
      (code) => (status = code),
      (chunk) => (text += chunk),
    );
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** A ticket's `assigned` event, as soon as it is there. */
  async assigned(
    ticketId: string,
    token: string,
  ): Promise<{ matchId: string; roomId: string; atMs: number }> {
    let text = "";
    let atMs = 0;
    let data = "";
    await this.#request(
      { ":method": "GET", ":path": `/v1/tickets/${ticketId}/events`, authorization: `Bearer ${token}` },
      undefined,
      () => {},
      (chunk) => {
        text += chunk;
        const found = /event: assigned\ndata: (.*)\n\n/.exec(text);
        if (!found || atMs > 0) return;
        atMs = performance.now();
        data = found[1] as string;
      },
    );
    if (atMs === 0) throw new Error(`${ticketId} ended without a match: ${text}`);
    return { ...(JSON.parse(data) as { matchId: string; roomId: string }), atMs };
  }

  #request(
    headers: Record<string, string>,
    body: string | undefined,
    onStatus: (status: number) => void,
    onText: (text: string) => void,
  ): Promise<void> {
    const session = this.#sessions[this.#next++ % this.#sessions.length]!;
    return new Promise((resolve, reject) => {
      const stream = session.request(headers, { endStream: body === undefined });
      stream.setEncoding("utf8");
      stream.on("response", (response) => onStatus(Number(response[":status"])));
      stream.on("data", onText);
      stream.once("error", reject);
      stream.once("close", resolve);
      if (body !== undefined) stream.end(body);
    });
  }
}
