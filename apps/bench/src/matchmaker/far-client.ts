import { Http2Client } from "@warren/testkit/http2-client";

/** REST and events over a few HTTP/2 connections, as a browser behind TLS has them. */
export class FarClient {
  readonly #http: Http2Client;

  /** `localAddress`: where it comes from. @default as the machine has it */
  constructor(url: string, streams: number, localAddress?: string) {
    this.#http = new Http2Client(url, { streams, ...(localAddress === undefined ? {} : { localAddress }) });
  }

  close(): void {
    this.#http.close();
  }

  /** The answer's JSON. Throws when it is an error. */
  async json<T>(method: string, path: string, token: string, body?: unknown, key?: string): Promise<T> {
    const { status, text } = await this.#http.request({
      method,
      path,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).answer;
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
    await this.#http.request({
      method: "GET",
      path: `/v1/tickets/${ticketId}/events`,
      headers: { authorization: `Bearer ${token}` },
      onText: (chunk) => {
        text += chunk;
        const found = /event: assigned\ndata: (.*)\n\n/.exec(text);
        if (!found || atMs > 0) return;
        atMs = performance.now();
        data = found[1] as string;
      },
    }).answer;
    if (atMs === 0) throw new Error(`${ticketId} ended without a match: ${text}`);
    return { ...(JSON.parse(data) as { matchId: string; roomId: string }), atMs };
  }
}
