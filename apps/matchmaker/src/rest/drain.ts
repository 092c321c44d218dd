import type { ServerResponse } from "node:http";

/** The answers of a server that are on their way, so that it can stop without cutting any of them. */
export class Drain {
  readonly #open = new Set<ServerResponse>();
  #onAnswered: (() => void) | undefined;

  add(response: ServerResponse): void {
    this.#open.add(response);
    if (this.#onAnswered) this.#last(response);
    response.once("close", () => {
      this.#open.delete(response);
      this.#onAnswered?.();
    });
  }

  /** Ends event streams, whose clients resume elsewhere, and tells all others that their connection is not kept. */
  start(onAnswered: () => void): void {
    this.#onAnswered = onAnswered;
    for (const response of this.#open) this.#last(response);
    onAnswered();
  }

  #last(response: ServerResponse): void {
    if (isEventStream(response)) response.end();
    // HTTP/2 says so for the whole connection.
    else if (!response.headersSent && response.req.httpVersionMajor < 2)
      response.setHeader("connection", "close");
  }
}

function isEventStream(response: ServerResponse): boolean {
  return response.headersSent && response.getHeader("content-type") === "text/event-stream";
}
