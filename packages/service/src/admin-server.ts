import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { listenError } from "./listen-error.ts";

/** `/metrics` (Prometheus text), `/healthz` (the process answers) and `/readyz` (it should get traffic). */
export async function startAdminServer(options: {
  host: string;
  port: number;
  registry: Registry;
  ready: () => boolean;
}): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    if (request.url === "/healthz") return answer(200, "text/plain", "ok\n");
    if (request.url === "/readyz") return options.ready() ? answer(200, "text/plain", "ready\n") : answer(503, "text/plain", "not ready\n");
    if (request.url === "/metrics") {
      options.registry.metrics().then(
        (text) => answer(200, options.registry.contentType, text),
        () => answer(500, "text/plain", "metrics failed\n"),
      );
      return;
    }
    answer(404, "text/plain", "not found; there are /metrics, /healthz and /readyz\n");
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
