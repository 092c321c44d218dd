// The process that answers: `grpc`, `http1` or `http2` by its argument. Tells its port, and when asked the bytes its sockets saw.
import { subscribe } from "node:diagnostics_channel";
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { Command, Commands, Replies, Reply } from "@warren/protocol/services";
import { RPC } from "./grpc-service.ts";
import { assertSeats, replyTo } from "./messages.ts";

const sockets: Socket[] = [];
subscribe("net.server.socket", (message) => void sockets.push((message as { socket: Socket }).socket));

function answer(command: Command): Reply {
  assertSeats(command);
  return replyTo(command);
}

function grpc(): Promise<number> {
  const server = new Server();
  server.addService(RPC, {
    unary: (call: { request: Command }, done: (error: null, reply: Reply) => void) =>
      done(null, answer(call.request)),
    stream(stream: ServerDuplexStream<Command, Reply>) {
      stream.on("data", (command: Command) => stream.write(answer(command)));
      stream.on("end", () => stream.end());
    },
    batched(stream: ServerDuplexStream<Commands, Replies>) {
      stream.on("data", ({ commands }: Commands) => stream.write({ replies: commands.map(answer) }));
      stream.on("end", () => stream.end());
    },
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function http(create: typeof createHttp1): Promise<number> {
  const server = create((request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const body = JSON.stringify(answer(JSON.parse(text) as Command));
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const kind = process.argv[2];
const port = await (kind === "grpc"
  ? grpc()
  : http(kind === "http1" ? createHttp1 : (createHttp2 as unknown as typeof createHttp1)));
process.on("disconnect", () => process.exit(0));
process.on("message", () =>
  process.send?.({
    bytes: sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
  }),
);
process.send?.({ port });
