import { InputError } from "@warren/kernel";
import type { RoomServerConfig } from "./config.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Services talk without keys for now, so they stay on loopback unless the operator says otherwise. */
export function checkGrpcHost(config: RoomServerConfig): void {
  if (LOOPBACK.has(config.grpcHost) || config.insecure) return;
  throw new InputError("WARREN_GRPC_HOST", config.grpcHost, "a loopback address, or any with --insecure on a network you trust");
}

/** Where players are told to connect. */
export function publicUrlOf(config: RoomServerConfig, port: number): string {
  if (config.roomsPublicUrl === "") return `:${port}`;
  return config.roomsPublicUrl.replaceAll("{port}", String(port)).replaceAll("{host}", config.roomsHost);
}
