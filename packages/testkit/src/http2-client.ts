import { type ClientHttp2Session, type ClientSessionOptions, connect, constants } from "node:http2";

/** Fewer than a server takes on one connection by default. */
const STREAMS_PER_CONNECTION = 80;

export interface Http2Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Hears the body as it comes, and then the answer has none. */
  readonly onText?: (text: string) => void;
}

export interface Http2Answer {
  readonly status: number;
  readonly text: string;
}

/** A request that is under way. */
export interface Http2Exchange {
  /** Rejects when the connection fails, and when it is closed before the answer is whole. */
  readonly answer: Promise<Http2Answer>;
  /** Nothing more is wanted. */
  close(): void;
}

interface Connection {
  readonly session: ClientHttp2Session;
  streams: number;
}

/** Requests and event streams of many callers over few HTTP/2 connections, as many as they need. */
export class Http2Client {
  readonly #url: string;
  readonly #options: ClientSessionOptions;
  readonly #connectionsMin: number;
  #connections: Connection[] = [];

  /** `streams`: how many are expected at one time, so that requests are spread from the start. */
  constructor(url: string, options: { streams?: number; localAddress?: string } = {}) {
    const { streams = 0, localAddress } = options;
    this.#url = url;
    this.#options = (localAddress === undefined ? {} : { localAddress }) as ClientSessionOptions;
    this.#connectionsMin = Math.max(2, Math.ceil(streams / STREAMS_PER_CONNECTION));
  }

  /** Streams that are open end by themselves or are closed by who opened them. */
  close(): void {
    for (const { session } of this.#connections) session.close();
  }

  /** Ends all that is under way. */
  destroy(): void {
    for (const { session } of this.#connections) session.destroy();
  }

  request({ method, path, headers = {}, body, onText }: Http2Request): Http2Exchange {
    const connection = this.#connection();
    const stream = connection.session.request(
      {
        ":method": method,
        ":path": path,
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      { endStream: body === undefined },
    );
    connection.streams++;
    stream.setEncoding("utf8");
    const answer = new Promise<Http2Answer>((resolve, reject) => {
      let status = 0;
      let text = "";
      let isWhole = false;
      stream.on("response", (response) => (status = Number(response[":status"])));
      stream.on("data", (chunk: string) => {
        if (onText && status < 300) onText(chunk);
        else text += chunk;
      });
      stream.once("end", () => (isWhole = true));
      stream.on("error", reject);
      stream.once("close", () => {
        connection.streams--;
        if (isWhole && status > 0) resolve({ status, text });
        else reject(new Error(`${method} ${path} was cut off`));
      });
    });
    if (body !== undefined) stream.end(body);
    return { answer, close: () => stream.close(constants.NGHTTP2_CANCEL) };
  }

  /** The one with the fewest streams, or a new one when all have enough. */
  #connection(): Connection {
    let best: Connection | undefined;
    for (const each of this.#connections) if (!best || each.streams < best.streams) best = each;
    if (best && best.streams < STREAMS_PER_CONNECTION && this.#connections.length >= this.#connectionsMin)
      return best;
    const session = connect(this.#url, this.#options);
    const opened: Connection = { session, streams: 0 };
    const forget = () => {
      this.#connections = this.#connections.filter((each) => each !== opened);
    };
    // Its requests say what went wrong.
    session.on("error", forget);
    session.on("goaway", forget);
    session.on("close", forget);
    this.#connections.push(opened);
    return opened;
  }
}
