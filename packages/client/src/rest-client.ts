import { type ErrorDetails, isErrorCode, WarrenError } from "@warren/protocol/session";

const TRIES_MAX = 6;
/** A matchmaker that does not answer in this time is not asked again. */
const ANSWER_TIMEOUT_MS = 10_000;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 2_000;

export interface RestRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Calls the matchmakers. Any of them answers anything, so when one cannot be reached the next is asked. */
export class RestClient {
  readonly #urls: readonly string[];
  #current = 0;

  constructor(urls: readonly string[]) {
    if (urls.length === 0)
      throw new WarrenError("INVALID_ARGUMENT", "url is missing; accepted: one or more http(s) URLs");
    this.#urls = urls.map((url) => url.replace(/\/+$/, ""));
  }

  /** URL of the matchmaker that is asked now. */
  get url(): string {
    return this.#urls[this.#current] as string;
  }

  /** The answer's JSON. Retries what is safe to repeat: no answer at all, UNAVAILABLE and NO_CAPACITY. Throws WarrenError. */
  async json<T>(request: RestRequest): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
        const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
        const response = await this.#fetch({ ...request, signal });
        return (await response.json()) as T;
      } catch (error) {
        request.signal?.throwIfAborted();
        const retry =
          !(error instanceof WarrenError) || error.code === "UNAVAILABLE" || error.code === "NO_CAPACITY";
        if (!retry || attempt >= TRIES_MAX)
          throw error instanceof WarrenError ? error : unreachable(this.url, error);
        if (!(error instanceof WarrenError) || error.code === "UNAVAILABLE") this.next();
        await pause(Math.min(PAUSE_MS * 2 ** (attempt - 1), PAUSE_MS_MAX));
      }
    }
  }

  /** One try, the body as a stream. Throws WarrenError for an error answer, anything else when there was none. */
  async stream(request: RestRequest): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch(request);
    if (!response.body) throw new WarrenError("UNAVAILABLE", "the event stream has no body");
    return response.body;
  }

  /** Asks another matchmaker from now on. */
  next(): void {
    this.#current = (this.#current + 1) % this.#urls.length;
  }

  async #fetch({ method, path, token, body, headers, signal }: RestRequest): Promise<Response> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return response;
    throw await problemFrom(response);
  }
}

/** An RFC 9457 problem as a WarrenError; `details` has its further members. */
async function problemFrom(response: Response): Promise<WarrenError> {
  const problem = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const { code, detail, ...details } = problem;
  if (typeof code === "string" && isErrorCode(code)) {
    return new WarrenError(code, String(detail), { details: details as ErrorDetails });
  }
  return new WarrenError(
    response.status >= 500 ? "UNAVAILABLE" : "INTERNAL",
    `the server answered ${response.status}`,
  );
}

function unreachable(url: string, cause: unknown): WarrenError {
  return new WarrenError("UNAVAILABLE", `${url} cannot be reached`, { cause });
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
