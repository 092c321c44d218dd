import type { IncomingMessage, ServerResponse } from "node:http";
import { WarrenError } from "@warren/protocol";
import { problemOf } from "./problem.ts";

/** Largest body of a request on the admin port, bytes. */
export const ADMIN_BODY_BYTES_MAX = 16 * 1024;

/**
 * What an operator may ask of a process, by path below `/admin/v1/`, all of it by POST: takes the JSON of the body, answers
 * what is sent back as JSON, or throws WarrenError or InputError.
 */
export type AdminRoutes = Readonly<Record<string, (body: unknown) => unknown>>;

/** Answers a request of a route. Its errors are problems, as in the REST of players. */
export async function answerAdminRoute(
  run: AdminRoutes[string],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await run(await jsonOf(request));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    const problem = problemOf(WarrenError.from(error));
    // What is left of the body is not read.
    response.writeHead(problem.status, { "content-type": "application/problem+json", connection: "close" });
    response.end(JSON.stringify(problem));
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (request.method !== "POST")
    throw new WarrenError("METHOD_NOT_ALLOWED", `method is ${request.method}; accepted: POST`);
  // Only browsers send it. No page has any business here, not even one that pretends to be of this host.
  if (request.headers.origin !== undefined)
    throw new WarrenError("FORBIDDEN", "Requests of web pages are not taken here.");
  const type = request.headers["content-type"]?.split(";")[0]?.trim();
  if (type !== "application/json")
    throw new WarrenError("UNSUPPORTED_MEDIA_TYPE", `content-type is ${type}; accepted: application/json`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when there is too much of it, so that it can be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ADMIN_BODY_BYTES_MAX)
      throw new WarrenError("BODY_TOO_LARGE", `body is larger than ${ADMIN_BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new WarrenError("MALFORMED_JSON", error instanceof Error ? error.message : undefined);
  }
}
