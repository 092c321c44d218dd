import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Passes one way of connections on; while it is cut nothing passes, and nobody is told, as on a network that drops. */
class Way {
  readonly #sources = new Set<Socket>();
  #waiting: (() => void)[] = [];
  #isCut = false;

  get isCut(): boolean {
    return this.#isCut;
  }

  join(source: Socket, target: Socket): void {
    this.#sources.add(source);
    source.on("data", (chunk) => target.write(chunk));
    source.on("error", () => {});
    source.on("close", () => {
      this.#sources.delete(source);
      this.whenOpen(() => target.destroy());
    });
    if (this.#isCut) source.pause();
  }

  whenOpen(fn: () => void): void {
    if (this.#isCut) this.#waiting.push(fn);
    else fn();
  }

  cut(): void {
    this.#isCut = true;
    for (const source of this.#sources) source.pause();
  }

  heal(): void {
    this.#isCut = false;
    for (const source of this.#sources) source.resume();
    for (const fn of this.#waiting.splice(0)) fn();
  }
}

/** Stands between two parts on TCP, where namespaces are refused. */
export class Relay {
  /** What callers say, and what they are answered. */
  readonly up = new Way();
  readonly down = new Way();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on `host:port` (0: any free one) and connects to `targetPort` of 127.0.0.1. */
  static async start(host: string, port: number, targetPort: number): Promise<Relay> {
    const server = createServer({ pauseOnConnect: true }).listen(port, host);
    await once(server, "listening");
    const relay = new Relay(server);
    server.on("connection", (caller) => relay.#accept(caller, targetPort));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #accept(caller: Socket, targetPort: number): void {
    this.#keep(caller);
    // A first packet goes both ways before anything else does.
    this.up.whenOpen(() =>
      this.down.whenOpen(() => {
        if (caller.destroyed) return;
        const target = this.#keep(connect(targetPort, "127.0.0.1"));
        this.up.join(caller, target);
        this.down.join(target, caller);
        if (!this.up.isCut) caller.resume();
      }),
    );
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
