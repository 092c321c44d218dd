import { pingUrlOf } from "@warren/cluster";
import { describe, expect, it } from "vitest";
import { checkRegion, publicUrlOf } from "./addresses.ts";
import type { RoomServerConfig } from "./config.ts";

const config = (part: Partial<RoomServerConfig>) =>
  ({ roomsHost: "10.0.0.7", roomsPublicUrl: "", roomsSlot: 3, region: "", ...part }) as RoomServerConfig;

describe("the public URL", () => {
  it.each<[roomsPublicUrl: string, url: string, pingUrl: string]>([
    ["", ":8081", ":8081/ping"],
    ["wss://play.example.com", "wss://play.example.com", "https://play.example.com/ping"],
    [
      "wss://play.example.com/r/{port}/",
      "wss://play.example.com/r/8081/",
      "https://play.example.com/r/8081/ping",
    ],
    ["wss://play.example.com/r/{slot}", "wss://play.example.com/r/3", "https://play.example.com/r/3/ping"],
    ["ws://{host}:{port}?x=1", "ws://10.0.0.7:8081?x=1", "http://10.0.0.7:8081/ping"],
  ])("%j is %s, and distance is measured at %s", (roomsPublicUrl, url, pingUrl) => {
    const publicUrl = publicUrlOf(config({ roomsPublicUrl }), 8081);
    expect([publicUrl, pingUrlOf({ publicUrl })]).toEqual([url, pingUrl]);
  });

  it.each(["https://play.example.com", "wss://", "play.example.com"])("cannot be %s", (roomsPublicUrl) => {
    expect(() => publicUrlOf(config({ roomsPublicUrl }), 8081)).toThrow(
      `WARREN_ROOMS_PUBLIC_URL is "${roomsPublicUrl}"; accepted: a ws:// or wss:// URL`,
    );
  });
});

it("a region is a name, or none", () => {
  for (const region of ["", "eu-west-1"]) expect(() => checkRegion(config({ region }))).not.toThrow();
  expect(() => checkRegion(config({ region: "EU West" }))).toThrow(
    'WARREN_REGION is "EU West"; accepted: 1 to 32',
  );
});
