import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A cable that can be cut or made deaf in one direction. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<{ client: Socket; server: Socket }>();
  readonly #halves: Socket[] = [];
  targetPort = 0;
  /** Bytes on their way to the `client` or the `server` are lost. */
  deaf: "client" | "server" | undefined;
  /** What did not arrive for it, so far. */
  lostBytes = 0;
  /** New connections are cut at once. */
  isDown = false;
  /** Connections so far. */
  count = 0;

  private constructor() {
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    this.count++;
    if (this.isDown) return void client.destroy();
    const server = connect(this.targetPort, "127.0.0.1");
    const pair = { client, server };
    this.#pairs.add(pair);
    client.on("data", (bytes) => this.#pass(bytes, server, "server"));
    server.on("data", (bytes) => this.#pass(bytes, client, "client"));
    client.on("error", () => {}).on("end", () => server.end());
    server.on("error", () => {}).on("end", () => client.end());
    client.on("close", () => this.#pairs.delete(pair));
  }

  #pass(bytes: Buffer, to: Socket, end: "client" | "server"): void {
    if (this.deaf === end) this.lostBytes += bytes.length;
    else to.write(bytes);
  }

  /** Reads nothing more of what the server sends on the connections there are now. The result reads on. */
  hold(): () => void {
    const held = [...this.#pairs];
    for (const { server } of held) server.pause();
    return () => {
      for (const { server } of held) server.resume();
    };
  }

  /** Destroys connections: for both ends, or so that only the client knows and the server still thinks it is there. */
  cut(forWhom: "both" | "client"): void {
    this.deaf = undefined;
    for (const { client, server } of [...this.#pairs]) {
      client.removeAllListeners("end").destroy();
      if (forWhom === "both") server.destroy();
      else this.#halves.push(server);
    }
  }

  async close(): Promise<void> {
    this.cut("both");
    for (const half of this.#halves) half.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
