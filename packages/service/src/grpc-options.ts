import { InputError } from "@warren/kernel";
import type { ConfigOf } from "./option.ts";
import { port, text } from "./option.ts";

/** Where other services reach a process. */
export const grpcOptions = {
  grpcHost: text(
    "127.0.0.1",
    { text: "Address for other services (gRPC); other than loopback needs --keys or --insecure" },
    "an IP address",
  ),
  grpcPort: port(0, { text: "Port for other services (gRPC); 0 picks one" }),
  grpcPublicHost: text(
    "",
    { text: "Host name other services reach this process by; empty: --grpc-host" },
    "a host name",
  ),
  keys: text(
    "",
    {
      text: "Folder with ca.pem, cert.pem and key.pem, made by `warren keys`: services show each other who they are",
    },
    "a folder",
  ),
} as const;

type GrpcConfig = ConfigOf<typeof grpcOptions>;

const LOOPBACK = new Set(["127.0.0.1", "::1", "[::1]", "localhost"]);

export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/**
 * Without keys anybody who can connect may call, so services stay on loopback unless the operator says otherwise. And
 * others are told where to call: `0.0.0.0` is on every machine itself.
 */
export function checkGrpcHost(config: GrpcConfig & { readonly insecure: boolean }): void {
  if (config.keys === "" && !isLoopback(config.grpcHost) && !config.insecure) {
    throw new InputError(
      "WARREN_GRPC_HOST",
      config.grpcHost,
      "a loopback address, any with --keys, or any with --insecure on a network you trust",
    );
  }
  if ((config.grpcHost === "0.0.0.0" || config.grpcHost === "::") && config.grpcPublicHost === "") {
    throw new InputError(
      "WARREN_GRPC_PUBLIC_HOST",
      "",
      `the name or address by which others reach this machine, since WARREN_GRPC_HOST is ${config.grpcHost}`,
    );
  }
}

/** `host:port` that others are told. */
export function grpcAddressOf({ grpcHost, grpcPublicHost }: GrpcConfig, bound: number): string {
  return `${grpcPublicHost || grpcHost}:${bound}`;
}
