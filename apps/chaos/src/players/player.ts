import { setTimeout as pause } from "node:timers/promises";
import { type Prng, randomId } from "@warren/kernel";
import type { End } from "../judges/audit.ts";

/** How a ticket ended, as its player was told. */
export interface Outcome {
  readonly ticketId: string;
  /** `lost`: it was accepted, and nobody could say how it ended. */
  readonly end: End | "lost";
  readonly matchId: string;
  /** More than one: somebody told the player of two matches. */
  readonly matches: number;
}

const ANSWER_TIMEOUT_MS = 4_000;
const RETRY_MS = 150;
const ENDS: ReadonlySet<string> = new Set(["assigned", "cancelled", "expired"]);

/** Queues once, as a page does: asks another matchmaker when one does not answer, until `untilMs`. */
export class Player {
  readonly #urls: readonly string[];
  readonly #untilMs: () => number;
  #current: number;
  #token = "";

  /** `untilMs`: when to give up, monotonic; it may move. */
  constructor(urls: readonly string[], prng: Prng, untilMs: () => number) {
    this.#urls = urls;
    this.#current = prng.int(0, urls.length - 1);
    this.#untilMs = untilMs;
  }

  /** Posts a ticket, perhaps twice at the same time, perhaps cancels it, and follows it to its end. */
  async queue(plan: { queue: string; twice: boolean; cancelAfterMs: number | undefined }): Promise<Outcome> {
    this.#token = (await this.#json<{ token: string }>("POST", "/v1/guests")).token;
    const key = randomId("j");
    const body = { queues: [plan.queue] };
    const posts = Array.from({ length: plan.twice ? 2 : 1 }, () => {
      this.#current++;
      return this.#json<{ ticketId: string }>("POST", "/v1/tickets", body, key);
    });
    const [ticketId, ...others] = (await Promise.all(posts)).map((posted) => posted.ticketId) as [string];
    if (others.some((other) => other !== ticketId)) throw new Error("one key made two tickets");
    const cancelled =
      plan.cancelAfterMs === undefined
        ? undefined
        : pause(plan.cancelAfterMs).then(() =>
            this.#json("DELETE", `/v1/tickets/${ticketId}`).catch(() => {}),
          );
    const outcome = await this.#follow(ticketId);
    await cancelled;
    return outcome;
  }

  async #follow(ticketId: string): Promise<Outcome> {
    const matches = new Set<string>();
    let lastEventId = "";
    while (performance.now() < this.#untilMs()) {
      const stream = new AbortController();
      // The server says something at least every 15 s; one that was stopped says nothing.
      let silence = setTimeout(() => stream.abort(), 20_000);
      try {
        const response = await fetch(`${this.#url()}/v1/tickets/${ticketId}/events`, {
          headers: { authorization: `Bearer ${this.#token}`, "last-event-id": lastEventId },
          signal: stream.signal,
        });
        if (response.status === 404) return { ticketId, end: "lost", matchId: "", matches: matches.size };
        let text = "";
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) {
          clearTimeout(silence);
          silence = setTimeout(() => stream.abort(), 20_000);
          text += decoder.decode(chunk as Uint8Array, { stream: true });
          for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
            const { id, event, data } = fieldsOf(text.slice(0, at));
            text = text.slice(at + 2);
            if (id !== undefined) lastEventId = id;
            if (event === undefined || !ENDS.has(event)) continue;
            const { matchId = "" } = JSON.parse(data ?? "{}") as { matchId?: string };
            if (event === "assigned") matches.add(matchId);
            return { ticketId, end: event as End, matchId, matches: matches.size };
          }
        }
      } catch {
        // Killed, stopped or not there yet: the next one knows as much.
      } finally {
        clearTimeout(silence);
        stream.abort();
      }
      this.#current++;
      await pause(RETRY_MS);
    }
    return { ticketId, end: "lost", matchId: "", matches: matches.size };
  }

  /** How a ticket stands, as another matchmaker says. */
  async statusOf(ticketId: string): Promise<string> {
    this.#current++;
    return (await this.#json<{ status: string }>("GET", `/v1/tickets/${ticketId}`)).status;
  }

  /** Repeated on the next matchmaker until one gives an answer that is final. */
  async #json<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
    for (;;) {
      try {
        const response = await fetch(this.#url() + path, {
          method,
          headers: {
            ...(this.#token && { authorization: `Bearer ${this.#token}` }),
            ...(body !== undefined && { "content-type": "application/json" }),
            ...(key !== undefined && { "idempotency-key": key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        });
        const answer = (await response.json()) as T;
        if (response.ok) return answer;
        if (response.status < 500 && response.status !== 429) throw new Refused(JSON.stringify(answer));
      } catch (error) {
        if (error instanceof Refused || performance.now() > this.#untilMs()) throw error;
      }
      if (performance.now() > this.#untilMs()) throw new Error(`${method} ${path} was never answered`);
      this.#current++;
      await pause(RETRY_MS);
    }
  }

  #url(): string {
    return this.#urls[this.#current % this.#urls.length] as string;
  }
}

/** An answer that will not change. */
export class Refused extends Error {
  override readonly name = "Refused";
}

function fieldsOf(block: string): Partial<Record<"id" | "event" | "data", string>> {
  return Object.fromEntries(
    block
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
