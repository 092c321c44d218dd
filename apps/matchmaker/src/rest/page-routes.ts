import type { FastifyInstance } from "fastify";

/** Files of a web page for paths REST does not have; undefined: there is none at this path. */
export type PageSource = (
  path: string,
) => Promise<{ readonly type: string; readonly body: Uint8Array } | undefined>;

/** No eval and no foreign scripts; the page may talk to matchmakers and rooms anywhere. */
const PAGE_POLICY =
  "default-src 'self'; connect-src *; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'";

export function pageRoutes(app: FastifyInstance, page: PageSource): void {
  app.get("/*", { schema: { hide: true }, config: { rateLimit: false } }, async (request, reply) => {
    const file = await page(decodeURIComponent(request.url.split("?")[0] ?? "/"));
    // Browsers ask for it by themselves; that there is none is no error.
    if (!file && request.url === "/favicon.ico") return reply.code(204).send();
    if (!file) return reply.callNotFound();
    return reply
      .type(file.type)
      .header("cache-control", "no-store")
      .header("content-security-policy", PAGE_POLICY)
      .header("x-content-type-options", "nosniff")
      .send(Buffer.from(file.body));
  });
}
