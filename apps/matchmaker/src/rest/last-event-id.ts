import { InputError } from "@warren/kernel";
import type { FastifyRequest } from "fastify";

/** Sequence of the last event the client has; 0: none. */
export function lastEventId(request: FastifyRequest): number {
  const text = request.headers["last-event-id"];
  if (text === undefined || text === "") return 0;
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 0)
    throw new InputError("Last-Event-ID", text, "the id of an event of this stream");
  return seq;
}
