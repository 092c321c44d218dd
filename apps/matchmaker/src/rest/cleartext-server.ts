import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:net";
import { httpServersBehind, TIMES, type Times } from "./http-servers.ts";

/** How HTTP/2 with prior knowledge begins: `PRI * HTTP/2.0`. */
const HTTP2_PREFACE = "PRI";

/** One cleartext port that speaks HTTP/1.1 and h2c. Node has no such server; this one looks at the first three bytes. */
export function createCleartextServer(handler: RequestListener, times: Times = TIMES): Server {
  const server = createServer({ noDelay: true });
  const servers = httpServersBehind(server, handler, times);
  server.on("connection", (socket) => {
    socket.setTimeout(times.firstBytesMs, () => socket.destroy());
    let head: Buffer = Buffer.alloc(0);
    const look = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const undecided =
        head.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(head.toString("latin1"));
      if (undecided) return;
      socket.off("data", look);
      socket.pause();
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(head);
      const isHttp2 = head.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      servers.take(socket, isHttp2 ? "http2" : "http1");
      // The HTTP servers attach in this turn; only then may bytes flow.
      process.nextTick(() => socket.resume());
    };
    socket.on("data", look);
  });
  return server;
}
