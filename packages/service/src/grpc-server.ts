import { Server, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { assert } from "@warren/kernel";
import { GRPC_OPTIONS } from "./grpc.ts";
import { addHealthService } from "./grpc-health.ts";
import type { ServiceKeys } from "./keys.ts";
import { ListenError, listenError } from "./listen-error.ts";
import { METHOD_ROLES } from "./method-roles.ts";
import { checkRole } from "./role-check.ts";

export interface RunningGrpcServer {
  readonly port: number;
  close(): void;
}

/**
 * A gRPC server with the standard health service. With keys it demands a certificate of every client, and a role that
 * may call the method. Throws ListenError.
 */
export async function startGrpcServer(options: {
  readonly host: string;
  readonly port: number;
  readonly keys: ServiceKeys;
  readonly service: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
  readonly ready: () => boolean;
}): Promise<RunningGrpcServer> {
  const { keys, service } = options;
  const paths = Object.values(service).map(({ path }) => path);
  for (const path of paths) assert(METHOD_ROLES.has(path), `no row says who may call ${path}`);
  const server = new Server({ ...GRPC_OPTIONS, ...(keys.isSecure && { interceptors: [checkRole] }) });
  server.addService(service, options.handlers);
  const names = new Set(paths.map((path) => path.split("/")[1] ?? ""));
  addHealthService(server, [...names], options.ready);
  const host =
    options.host.includes(":") && !options.host.startsWith("[") ? `[${options.host}]` : options.host;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, keys.server, (error, bound) =>
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
