import type { RoomServerConfig } from "./config.ts";

/** Where players are told to connect. */
export function publicUrlOf(config: RoomServerConfig, port: number): string {
  if (config.roomsPublicUrl === "") return `:${port}`;
  return config.roomsPublicUrl.replaceAll("{port}", String(port)).replaceAll("{host}", config.roomsHost);
}
