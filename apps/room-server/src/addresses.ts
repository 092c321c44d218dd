import { InputError, parseName } from "@warren/kernel";
import type { RoomServerConfig } from "./config.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Services talk without keys for now, so they stay on loopback unless the operator says otherwise. */
export function checkGrpcHost(config: RoomServerConfig): void {
  if (LOOPBACK.has(config.grpcHost) || config.insecure) return;
  throw new InputError(
    "WARREN_GRPC_HOST",
    config.grpcHost,
    "a loopback address, or any with --insecure on a network you trust",
  );
}

/** Throws InputError for a region that is no name. */
export function checkRegion({ region }: RoomServerConfig): void {
  if (region !== "") parseName(region, "WARREN_REGION");
}

/** Where players are told to connect. Throws InputError for what is no URL. */
export function publicUrlOf(config: RoomServerConfig, port: number): string {
  if (config.roomsPublicUrl === "") return `:${port}`;
  const url = config.roomsPublicUrl.replaceAll("{port}", String(port)).replaceAll("{host}", config.roomsHost);
  if (/^wss?:/.test(url) && URL.canParse(url)) return url;
  throw new InputError("WARREN_ROOMS_PUBLIC_URL", url, "a ws:// or wss:// URL");
}
