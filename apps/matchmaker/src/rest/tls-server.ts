import type { RequestListener } from "node:http";
import { createServer, type Server, type TlsOptions } from "node:tls";
import type { KeyPair } from "@warren/service";
import { httpServersBehind, TIMES, type Times } from "./http-servers.ts";

/** One TLS port that speaks HTTP/2 and HTTP/1.1, as the client asks for by ALPN; who asks for nothing gets HTTP/1.1. */
export function createTlsServer(pair: KeyPair, handler: RequestListener, times: Times = TIMES): Server {
  const server = createServer({
    ...contextOf(pair),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: times.firstBytesMs,
    noDelay: true,
  });
  const servers = httpServersBehind(server, handler, times);
  // What comes is no TLS, or breaks off.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    servers.take(socket, socket.alpnProtocol === "h2" ? "http2" : "http1");
  });
  return server;
}

/** New connections get the new certificate; those that are open keep theirs. */
export function renewCertificate(server: Server, pair: KeyPair): void {
  server.setSecureContext(contextOf(pair));
}

function contextOf({ cert, key }: KeyPair): TlsOptions {
  return { cert, key, minVersion: "TLSv1.2" };
}
