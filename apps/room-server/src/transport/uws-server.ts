// CommonJS: only the default import works.
import uWS from "uWebSockets.js";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { CLIENT_MESSAGE_BYTES_MAX, SUBPROTOCOL } from "@warren/protocol/session";
import type { Connection, SessionHost, Socket } from "@warren/room";
import { ListenError } from "@warren/service";
import type { RoomServerMetrics } from "../metrics.ts";
import { answerPings } from "./ping.ts";

/** A socket that answers no ping for this long is closed by the transport. More than the 25 s of SLOW_CONSUMER. */
const IDLE_SECONDS = 30;
/** Messages up to here reach our own limit, which closes with a code a client can read; larger ones are cut off. */
const TRANSPORT_MESSAGE_BYTES_MAX = CLIENT_MESSAGE_BYTES_MAX * 4;
/** The outbox stays far below this; reaching it is a bug and closes the socket. */
const BACKPRESSURE_BYTES_MAX = 16 * 1024 * 1024;

/** What uWebSockets.js answers when a message is sent; 0: it is buffered. */
const SENT = 1;
const DROPPED = 2;

/** How often a free port is picked, when one is to be. */
const PICKS_MAX = 5;
/** uSockets' flag; the typings know it only as a type. */
const EXCLUSIVE_PORT = 1;

/** Nothing: what belongs to a socket is on the socket itself, where it costs no call into uWebSockets.js. */
type NoData = Record<never, never>;
interface UserSocket extends uWS.WebSocket<NoData> {
  connection: Connection;
  socket: UwsSocket;
}

/** Takes a host and options together; missing from the typings. */
type ListenOnHost = (
  this: uWS.TemplatedApp,
  host: string,
  port: number,
  options: number,
  done: (socket: uWS.us_listen_socket | false) => void,
) => void;

class UwsSocket implements Socket {
  readonly #ws: uWS.WebSocket<NoData>;
  readonly #metrics: RoomServerMetrics;
  open = true;
  /** The last message was not taken whole by the operating system: only then there is something to ask for. */
  #mayBuffer = false;

  constructor(ws: uWS.WebSocket<NoData>, metrics: RoomServerMetrics) {
    this.#ws = ws;
    this.#metrics = metrics;
  }
  send(message: Uint8Array): void {
    if (!this.open) return;
    const outcome = this.#ws.send(message, true);
    this.#mayBuffer = outcome !== SENT;
    if (outcome === DROPPED) this.#metrics.sendsDropped.inc();
    this.#metrics.bytesSent.add(message.length);
  }
  bufferedBytes(): number {
    if (!this.#mayBuffer || !this.open) return 0;
    const bytes = this.#ws.getBufferedAmount();
    this.#mayBuffer = bytes > 0;
    return bytes;
  }
  close(code: number, reason: string): void {
    if (this.open) this.#ws.end(code, reason);
  }
}

/**
 * uSockets does not set SO_REUSEADDR for port 0, and then nobody may listen there again for a minute after this process
 * died; so the port is picked here.
 */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host || undefined);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Listens for WebSockets on any path. The port is exclusive: two processes never share one in silence. */
export async function listenForSockets(options: {
  host: string;
  port: number;
  sessions: SessionHost;
  metrics: RoomServerMetrics;
}): Promise<{ port: number; close: () => void }> {
  const { host, port, sessions, metrics } = options;
  const app = uWS.App();
  app.ws<NoData>("/*", {
    maxPayloadLength: TRANSPORT_MESSAGE_BYTES_MAX,
    maxBackpressure: BACKPRESSURE_BYTES_MAX,
    closeOnBackpressureLimit: 1,
    idleTimeout: IDLE_SECONDS,
    sendPingsAutomatically: true,
    upgrade(response, request, context) {
      const offered = request
        .getHeader("sec-websocket-protocol")
        .split(",")
        .map((name) => name.trim());
      if (!offered.includes(SUBPROTOCOL)) {
        response.writeStatus("400 Bad Request").end(`offer the WebSocket subprotocol ${SUBPROTOCOL}\n`);
        return;
      }
      response.upgrade(
        {},
        request.getHeader("sec-websocket-key"),
        SUBPROTOCOL,
        request.getHeader("sec-websocket-extensions"),
        context,
      );
    },
    open(ws) {
      const user = ws as UserSocket;
      user.socket = new UwsSocket(ws, metrics);
      user.connection = sessions.accept(user.socket);
      metrics.sockets.inc();
    },
    message(ws, message, isBinary) {
      metrics.bytesReceived.add(message.byteLength);
      (ws as UserSocket).connection.message(new Uint8Array(message), isBinary);
    },
    drain(ws) {
      (ws as UserSocket).connection.drained();
    },
    close(ws) {
      const { socket, connection } = ws as UserSocket;
      socket.open = false;
      connection.closed();
      metrics.sockets.dec();
    },
  });
  answerPings(app, metrics);
  app.any("/*", (response) => {
    response.writeStatus("426 Upgrade Required").end("this is a Warren room-server; connect by WebSocket\n");
  });

  const listen = (named: number) =>
    new Promise<uWS.us_listen_socket | false>((resolve) => {
      if (host === "") app.listen(named, EXCLUSIVE_PORT, resolve);
      else (app.listen as unknown as ListenOnHost).call(app, host, named, EXCLUSIVE_PORT, resolve);
    });
  let token = await listen(port === 0 ? await freePort(host) : port);
  // Somebody may have taken the free port meanwhile.
  for (let tries = 1; !token && port === 0 && tries < PICKS_MAX; tries++)
    token = await listen(await freePort(host));
  if (!token)
    throw new ListenError(`port ${port} is in use; set WARREN_ROOMS_PORT to another port, or 0 for any`);
  return { port: uWS.us_socket_local_port(token), close: () => app.close() };
}
