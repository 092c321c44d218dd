import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { type AdminRoutes, answerAdminRoute } from "./admin-routes.ts";
import { listenError } from "./listen-error.ts";

/** `/metrics` (Prometheus text), `/healthz` (the process answers), `/readyz` (it should get traffic), and what the process adds. */
export async function startAdminServer(options: {
  host: string;
  port: number;
  registry: Registry;
  ready: () => boolean;
  /** By path. @default none */
  routes?: AdminRoutes;
}): Promise<{ port: number; close: () => Promise<void> }> {
  const routes = new Map(Object.entries(options.routes ?? {}));
  const paths = ["/metrics", "/healthz", "/readyz", ...routes.keys()];
  const known = `${paths.slice(0, -1).join(", ")} and ${paths.at(-1)}`;
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    if (request.url === "/healthz") return answer(200, "text/plain", "ok\n");
    if (request.url === "/readyz")
      return options.ready()
        ? answer(200, "text/plain", "ready\n")
        : answer(503, "text/plain", "not ready\n");
    if (request.url === "/metrics") {
      options.registry.metrics().then(
        (text) => answer(200, options.registry.contentType, text),
        () => answer(500, "text/plain", "metrics failed\n"),
      );
      return;
    }
    const route = routes.get(request.url ?? "");
    if (route) return void answerAdminRoute(route, request, response);
    answer(404, "text/plain", `not found; there are ${known}\n`);
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options.port, "adminPort")));
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
