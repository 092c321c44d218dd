import { Server, ServerCredentials } from "@grpc/grpc-js";
import { GRPC_OPTIONS } from "./grpc.ts";
import { addHealthService } from "./grpc-health.ts";
import { ListenError, listenError } from "./listen-error.ts";

export interface RunningGrpcServer {
  readonly port: number;
  close(): void;
}

/** A gRPC server with the standard health service. `add` adds its services, named in `services`. Throws ListenError. */
export async function startGrpcServer(options: {
  readonly host: string;
  readonly port: number;
  readonly services: readonly string[];
  readonly ready: () => boolean;
  add(server: Server): void;
}): Promise<RunningGrpcServer> {
  const server = new Server(GRPC_OPTIONS);
  options.add(server);
  addHealthService(server, options.services, options.ready);
  const host =
    options.host.includes(":") && !options.host.startsWith("[") ? `[${options.host}]` : options.host;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(bindError(error, options.port)) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

function bindError(error: Error, port: number): Error {
  return error.message.includes("EADDRINUSE")
    ? listenError({ code: "EADDRINUSE" }, port, "grpcPort")
    : new ListenError(error.message);
}
