import { createServer as createHttp1, type RequestListener } from "node:http";
import { createServer as createHttp2, type ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import { Drain } from "./drain.ts";

/** When a client is cut off, ms. */
export interface Times {
  /** The first bytes tell HTTP/1.1 from HTTP/2, or make TLS. */
  readonly firstBytesMs: number;
  /** The head of a request over HTTP/1.1; the whole request may take three times as long. */
  readonly headersMs: number;
  /** How often requests that are on their way are looked at. */
  readonly checkMs: number;
  /** An HTTP/2 session on which nothing moves. Event streams have a heartbeat well below. */
  readonly sessionIdleMs: number;
  /** How long closing waits for requests that are on their way. */
  readonly drainMs: number;
}

export const TIMES: Times = {
  firstBytesMs: 10_000,
  headersMs: 10_000,
  checkMs: 5_000,
  sessionIdleMs: 60_000,
  drainMs: 1_500,
};
const CONCURRENT_STREAMS_MAX = 256;

/** HTTP/1.1 and HTTP/2 behind one port that somebody else listens on and decides by. */
export interface HttpServers {
  /** Gives a connection to the one of the two that speaks its protocol. */
  take(socket: Socket, protocol: "http1" | "http2"): void;
}

/**
 * Puts both behind `server`, which closes them with itself: it takes no more connections, ends event streams, answers
 * what was asked, and cuts off who is left after `drainMs`.
 */
export function httpServersBehind(server: Server, listener: RequestListener, times: Times): HttpServers {
  const drain = new Drain();
  const handler: RequestListener = (request, response) => {
    drain.add(response);
    listener(request, response);
  };
  const http1 = createHttp1(
    {
      headersTimeout: times.headersMs,
      requestTimeout: times.headersMs * 3,
      connectionsCheckingInterval: times.checkMs,
    },
    handler,
  );
  const http2 = createHttp2({ settings: { maxConcurrentStreams: CONCURRENT_STREAMS_MAX } }, handler as never);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.setTimeout(times.sessionIdleMs, () => session.destroy());
  });
  http2.on("sessionError", () => {});
  // Node looks after slow requests only in a server that listens, so this one is told that it does.
  server.on("listening", () => http1.emit("listening"));
  const sockets = new Set<Socket>();
  /** Of whom is not known yet what they will speak. By the other end: what TLS makes of a socket is another object. */
  const silent = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const end = endOf(socket);
    sockets.add(socket);
    silent.set(end, socket);
    socket.on("close", () => {
      sockets.delete(socket);
      silent.delete(end);
    });
    socket.on("error", () => socket.destroy());
  });
  const close = server.close.bind(server);
  server.close = (done?: (error?: Error) => void) => {
    close(done);
    http1.close();
    for (const session of sessions) session.close();
    for (const socket of silent.values()) socket.destroy();
    // A connection that is kept alive is idle one turn after its answer is out.
    drain.start(() => setImmediate(() => http1.closeIdleConnections()));
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, times.drainMs);
    server.once("close", () => clearTimeout(cut));
    return server;
  };
  return {
    take(socket, protocol) {
      silent.delete(endOf(socket));
      (protocol === "http2" ? http2 : http1).emit("connection", socket);
    },
  };
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
