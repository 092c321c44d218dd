import type { Http2Client, Http2Exchange } from "@warren/testkit/http2-client";
import type { TimerWheel } from "../run/timer-wheel.ts";
import { OWN_CODES, StepError, toStepError } from "./step-error.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** Events after which the server ends the stream. */
const LAST_EVENTS: ReadonlySet<string> = new Set(["assigned", "cancelled", "expired", "error", "left"]);

export interface RestRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** @default nobody's */
  readonly token?: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** What REST answers with, for all players of a process. */
export class Rest {
  readonly #http: Http2Client;
  readonly #wheel: TimerWheel;

  constructor(http: Http2Client, wheel: TimerWheel) {
    this.#http = http;
    this.#wheel = wheel;
  }

  /** Rejects with StepError: the problem's code, TIMEOUT or CONNECTION. */
  async json<T>({ method, path, token, body, idempotencyKey }: RestRequest): Promise<T> {
    const exchange = this.#http.request({
      method,
      path,
      headers: {
        ...bearer(token),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    let isLate = false;
    const timer = this.#wheel.at(performance.now() + ANSWER_TIMEOUT_MS, () => {
      isLate = true;
      exchange.close();
    });
    try {
      const { status, text } = await exchange.answer;
      if (status >= 300) throw problemOf(status, text);
      return JSON.parse(text) as T;
    } catch (error) {
      if (isLate) throw new StepError(OWN_CODES.TIMEOUT, `${method} ${path} was not answered`);
      throw toStepError(error);
    } finally {
      timer.stop();
    }
  }

  /** `ended` resolves with the last event's id when the stream ends by itself, and rejects with StepError else. */
  events(
    path: string,
    token: string,
    onEvent: (event: string, data: Readonly<Record<string, unknown>>) => void,
    lastEventId = "",
  ): { readonly ended: Promise<string>; close(): void } {
    let unfinished = "";
    let lastId = lastEventId;
    let isEnding = false;
    const exchange: Http2Exchange = this.#http.request({
      method: "GET",
      path,
      headers: { ...bearer(token), ...(lastId && { "last-event-id": lastId }) },
      onText: (text) => {
        const blocks = (unfinished + text).split("\n\n");
        unfinished = blocks.pop() ?? "";
        for (const block of blocks) {
          const { id, event, data } = parsed(block);
          if (id !== undefined) lastId = id;
          isEnding ||= LAST_EVENTS.has(event);
          if (data !== undefined) onEvent(event, JSON.parse(data) as Record<string, unknown>);
        }
      },
    });
    const ended = exchange.answer.then(
      ({ status, text }) => {
        if (status >= 300) throw problemOf(status, text);
        return lastId;
      },
      (error: unknown) => {
        throw toStepError(error);
      },
    );
    // Servers take many resets of streams for an attack, and close the connection.
    return {
      ended,
      close: () => {
        if (!isEnding) exchange.close();
      },
    };
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function parsed(block: string): { id?: string; event: string; data?: string } {
  const found: { id?: string; event: string; data?: string } = { event: "message" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    const name = line.slice(0, colon);
    if (name === "id" || name === "event" || name === "data") found[name] = line.slice(colon + 2);
  }
  return found;
}

function problemOf(status: number, text: string): StepError {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === "string") return new StepError(code, String(detail ?? code));
  } catch {
    // Something between us and the matchmaker answered.
  }
  return new StepError(`HTTP_${status}`, text.slice(0, 200));
}
