import { InputError } from "@warren/kernel";
import type { ConfigOf } from "./option.ts";
import { port, text } from "./option.ts";

/** Where other services reach a process. */
export const grpcOptions = {
  grpcHost: text(
    "127.0.0.1",
    { text: "Address for other services (gRPC); other than loopback needs --insecure for now" },
    "an IP address",
  ),
  grpcPort: port(0, { text: "Port for other services (gRPC); 0 picks one" }),
  grpcPublicHost: text(
    "",
    { text: "Host name other services reach this process by; empty: --grpc-host" },
    "a host name",
  ),
} as const;

type GrpcConfig = ConfigOf<typeof grpcOptions>;

const LOOPBACK = new Set(["127.0.0.1", "::1", "[::1]", "localhost"]);

export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/** Services talk without keys for now, so they stay on loopback unless the operator says otherwise. */
export function checkGrpcHost(config: GrpcConfig & { readonly insecure: boolean }): void {
  if (isLoopback(config.grpcHost) || config.insecure) return;
  throw new InputError(
    "WARREN_GRPC_HOST",
    config.grpcHost,
    "a loopback address, or any with --insecure on a network you trust",
  );
}

/** `host:port` that others are told. */
export function grpcAddressOf({ grpcHost, grpcPublicHost }: GrpcConfig, bound: number): string {
  return `${grpcPublicHost || grpcHost}:${bound}`;
}
