import { createServer as createHttp1, type RequestListener } from "node:http";
import { createServer as createHttp2, type ServerHttp2Session } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { Drain } from "./drain.ts";

/** When a client is cut off, ms. */
interface Times {
  /** The first bytes tell HTTP/1.1 from HTTP/2. */
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

const TIMES: Times = {
  firstBytesMs: 10_000,
  headersMs: 10_000,
  checkMs: 5_000,
  sessionIdleMs: 60_000,
  drainMs: 1_500,
};
/** How HTTP/2 with prior knowledge begins: `PRI * HTTP/2.0`. */
const HTTP2_PREFACE = "PRI";
const CONCURRENT_STREAMS_MAX = 256;

/**
 * One cleartext port that speaks HTTP/1.1 and h2c. Node has no such server; this one looks at the first three bytes.
 * Closing it takes no more connections, ends event streams, and answers what was asked.
 */
export function createCleartextServer(listener: RequestListener, times: Times = TIMES): Server {
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
  const sockets = new Set<Socket>();
  /** Nothing says yet what they will speak. */
  const silent = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    silent.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    socket.setTimeout(times.firstBytesMs, () => socket.destroy());
    let head: Buffer = Buffer.alloc(0);
    const look = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const undecided =
        head.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(head.toString("latin1"));
      if (undecided) return;
      socket.off("data", look);
      silent.delete(socket);
      socket.pause();
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(head);
      const isHttp2 = head.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      (isHttp2 ? http2 : http1).emit("connection", socket);
      // The HTTP servers attach in this turn; only then may bytes flow.
      process.nextTick(() => socket.resume());
    };
    socket.on("data", look);
  });
  // Node looks after slow requests only in a server that listens, so this one is told that it does.
  server.on("listening", () => http1.emit("listening"));
  const close = server.close.bind(server);
  server.close = (done?: (error?: Error) => void) => {
    close(done);
    http1.close();
    for (const session of sessions) session.close();
    for (const socket of silent) socket.destroy();
    // A connection that is kept alive is idle one turn after its answer is out.
    drain.start(() => setImmediate(() => http1.closeIdleConnections()));
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, times.drainMs);
    server.once("close", () => clearTimeout(cut));
    return server;
  };
  return server;
}
