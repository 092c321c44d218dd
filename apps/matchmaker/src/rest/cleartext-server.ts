import { createServer as createHttp1, type RequestListener } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

/** The first bytes tell HTTP/1.1 from HTTP/2; a client that sends none in this time is cut off. */
const FIRST_BYTES_MS = 10_000;
/** How HTTP/2 with prior knowledge begins: `PRI * HTTP/2.0`. */
const HTTP2_PREFACE = "PRI";
const CONCURRENT_STREAMS_MAX = 256;

/** One cleartext port that speaks HTTP/1.1 and h2c. Node has no such server; this one looks at the first three bytes. */
export function createCleartextServer(handler: RequestListener): Server {
  const http1 = createHttp1({ requestTimeout: 30_000, headersTimeout: 10_000 }, handler);
  const http2 = createHttp2({ settings: { maxConcurrentStreams: CONCURRENT_STREAMS_MAX } }, handler as never);
  // An event stream is silent between heartbeats; no time-out on a whole session.
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTES_MS, () => socket.destroy());
    let head: Buffer = Buffer.alloc(0);
    const look = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const undecided = head.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(head.toString("latin1"));
      if (undecided) return;
      socket.off("data", look);
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
  // Closing must not wait for event streams and idle connections.
  const close = server.close.bind(server);
  server.close = (done?: (error?: Error) => void) => {
    close(done);
    for (const socket of sockets) socket.destroy();
    return server;
  };
  return server;
}
