import type { MethodDefinition } from "@grpc/grpc-js";
import { Command, Commands, Replies, Reply } from "@warren/protocol/services";

interface Message<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

function method<Request, Response>(
  path: string,
  streams: boolean,
  request: Message<Request>,
  response: Message<Response>,
): MethodDefinition<Request, Response> {
  return {
    path,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(response.encode(message).finish()),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** One command in three ways: a call of its own; a message of its own on a stream; with all others of its turn in one message, as Coordinate has it. */
export const RPC = {
  unary: method("/bench.Rpc/Unary", false, Command, Reply),
  stream: method("/bench.Rpc/Stream", true, Command, Reply),
  batched: method("/bench.Rpc/Batched", true, Commands, Replies),
};
