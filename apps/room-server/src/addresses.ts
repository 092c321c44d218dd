import { InputError, parseName } from "@warren/kernel";
import type { RoomServerConfig } from "./config.ts";

/** Throws InputError for a region that is no name. */
export function checkRegion({ region }: RoomServerConfig): void {
  if (region !== "") parseName(region, "WARREN_REGION");
}

const BUILD_CHARS_MAX = 64;

/** Throws InputError for a build whose name is too long to be shown. */
export function checkBuild({ build }: RoomServerConfig): void {
  if (build.length > BUILD_CHARS_MAX)
    throw new InputError("WARREN_BUILD", build, `up to ${BUILD_CHARS_MAX} characters`);
}

/** Where players are told to connect. Throws InputError for what is no URL. */
export function publicUrlOf(config: RoomServerConfig, port: number): string {
  if (config.roomsPublicUrl === "") return `:${port}`;
  const url = config.roomsPublicUrl
    .replaceAll("{port}", String(port))
    .replaceAll("{slot}", String(config.roomsSlot))
    .replaceAll("{host}", config.roomsHost);
  if (/^wss?:/.test(url) && URL.canParse(url)) return url;
  throw new InputError("WARREN_ROOMS_PUBLIC_URL", url, "a ws:// or wss:// URL");
}
