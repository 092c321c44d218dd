import { randomUUID } from "node:crypto";

/** A request as a studio's own code makes it: no SDK, no retries. Throws when it is not answered with success. */
export async function rest<T>(
  method: string,
  url: string,
  { token, body }: { readonly token?: string; readonly body?: unknown } = {},
): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(method === "POST" && { "idempotency-key": randomUUID() }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} was answered with ${response.status}: ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as T;
}
