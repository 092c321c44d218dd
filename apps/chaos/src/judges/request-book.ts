import { AsyncLocalStorage } from "node:async_hooks";

/** One request, with all its tries. */
interface Request {
  readonly startedAtMs: number;
  tries: number;
  /** What the last try came to. */
  said: string;
}

interface Answered {
  readonly tries: number;
  readonly tookMs: number;
}

/**
 * Counts how often each request had to be tried, and how long it took until one try was answered. A request is what one
 * player asks by one method of one path until it is answered; a 5xx, a 429 and no answer at all are none.
 */
export class RequestBook {
  readonly answered: Answered[] = [];
  /** How often a try came to what. */
  readonly failedTries = new Map<string, number>();
  readonly #who = new AsyncLocalStorage<Map<string, Request>>();
  readonly #open = new Set<Map<string, Request>>();
  readonly #refusals: string[] = [];
  readonly #fetch = globalThis.fetch;

  /** Everything `fetch` does in `work` is written down as one player's. */
  async of<T>(work: () => Promise<T>): Promise<T> {
    const requests = new Map<string, Request>();
    this.#open.add(requests);
    return this.#who.run(requests, work);
  }

  /** From now on; until {@link close} it stands in for the process's `fetch`. */
  open(): void {
    globalThis.fetch = async (input, init) => {
      const requests = this.#who.getStore();
      if (!requests || typeof input !== "string") return this.#fetch(input, init);
      const key = `${init?.method ?? "GET"} ${new URL(input).pathname}`;
      const request = requests.get(key) ?? { startedAtMs: performance.now(), tries: 0, said: "" };
      requests.set(key, request);
      request.tries++;
      try {
        const response = await this.#fetch(input, init);
        if (response.status >= 500 || response.status === 429) {
          this.#failed(request, `${response.status} ${await response.clone().text()}`);
          return response;
        }
        requests.delete(key);
        this.answered.push({ tries: request.tries, tookMs: performance.now() - request.startedAtMs });
        // Who cancels may learn that the match was faster.
        if (!response.ok && init?.method !== "DELETE")
          this.#refusals.push(`${key}: ${response.status} ${await response.clone().text()}`);
        return response;
      } catch (error) {
        // Whoever asked does not want to know any more.
        const isUnwanted = init?.signal?.aborted && init.signal.reason?.name !== "TimeoutError";
        if (isUnwanted) requests.delete(key);
        else this.#failed(request, String((error as Error).cause ?? error));
        throw error;
      }
    };
  }

  #failed(request: Request, said: string): void {
    request.said = said;
    // Ports and ids make many of one.
    const kind = said.replaceAll(/\d+/g, "#");
    this.failedTries.set(kind, (this.failedTries.get(kind) ?? 0) + 1);
  }

  close(): void {
    globalThis.fetch = this.#fetch;
  }

  /** Those that were never answered, and answers of the kind "no". */
  get problems(): string[] {
    const open = [...this.#open].flatMap((requests) => [...requests]);
    return [...this.#refusals, ...open.map(([key, { said }]) => `${key} was never answered: ${said}`)];
  }
}
