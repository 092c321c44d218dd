import { connect } from "node:http2";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Command, Commands, Replies, Reply } from "@warren/protocol/services";
import { Pool } from "undici";
import { RPC } from "./grpc-service.ts";

/** Sends a command to the server process and answers with its reply. */
export type Call = (command: Command) => Promise<Reply>;
export interface Caller {
  readonly call: Call;
  close(): void;
}

function grpcClient(port: number): Client {
  return new Client(`127.0.0.1:${port}`, credentials.createInsecure());
}

function unary(port: number): Caller {
  const client = grpcClient(port);
  const { path, requestSerialize, responseDeserialize } = RPC.unary;
  return {
    call: (command) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, command, (error, reply) =>
          error ? reject(error) : resolve(reply as Reply),
        );
      }),
    close: () => client.close(),
  };
}

/** Replies that are awaited, by correlation id. */
class Pending {
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #last = 0;

  add(command: Command, send: (numbered: Command) => void): Promise<Reply> {
    const correlationId = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(correlationId, resolve);
      send({ ...command, correlationId });
    });
  }

  settle(reply: Reply): void {
    this.#waiting.get(reply.correlationId)?.(reply);
    this.#waiting.delete(reply.correlationId);
  }
}

function streamed(port: number): Caller {
  const client = grpcClient(port);
  const { path, requestSerialize, responseDeserialize } = RPC.stream;
  const stream: ClientDuplexStream<Command, Reply> = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
  );
  const pending = new Pending();
  stream.on("data", (reply: Reply) => pending.settle(reply));
  stream.on("error", () => {});
  return {
    call: (command) => pending.add(command, (numbered) => stream.write(numbered)),
    close() {
      stream.cancel();
      client.close();
    },
  };
}

function batched(port: number): Caller {
  const client = grpcClient(port);
  const { path, requestSerialize, responseDeserialize } = RPC.batched;
  const stream: ClientDuplexStream<Commands, Replies> = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
  );
  const pending = new Pending();
  let outgoing: Command[] = [];
  stream.on("data", ({ replies }: Replies) => {
    for (const reply of replies) pending.settle(reply);
  });
  stream.on("error", () => {});
  return {
    call: (command) =>
      pending.add(command, (numbered) => {
        if (outgoing.push(numbered) > 1) return;
        setImmediate(() => {
          stream.write({ commands: outgoing });
          outgoing = [];
        });
      }),
    close() {
      stream.cancel();
      client.close();
    },
  };
}

const HEADERS = { "content-type": "application/json" };

function http1(port: number, inFlight: number): Caller {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: Math.min(inFlight, 32), pipelining: 1 });
  return {
    async call(command) {
      const { statusCode, body } = await pool.request({
        path: "/v1/reserve",
        method: "POST",
        headers: HEADERS,
        body: JSON.stringify(command),
      });
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      return (await body.json()) as Reply;
    },
    close: () => void pool.destroy(),
  };
}

function http2(port: number): Caller {
  const session = connect(`http://127.0.0.1:${port}`);
  return {
    call: (command) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":method": "POST", ":path": "/v1/reserve", ...HEADERS });
        let text = "";
        stream.setEncoding("utf8");
        stream.on("data", (chunk: string) => (text += chunk));
        stream.on("end", () => resolve(JSON.parse(text) as Reply));
        stream.on("error", reject);
        stream.end(JSON.stringify(command));
      }),
    close: () => session.destroy(),
  };
}

/** By subject: the server it talks to, and how. */
export const CALLERS: Readonly<
  Record<string, { server: "grpc" | "http1" | "http2"; open(port: number, inFlight: number): Caller }>
> = {
  "grpc-stream-batched": { server: "grpc", open: batched },
  "grpc-stream": { server: "grpc", open: streamed },
  "grpc-unary": { server: "grpc", open: unary },
  "http1-json": { server: "http1", open: http1 },
  "http2-json": { server: "http2", open: http2 },
};
