import { type ConfigOf, commonOptions, flag, grpcOptions, int, port, text } from "@warren/service";

/** Settings of a room-server. */
export const roomServerOptions = {
  ...commonOptions,
  roomsHost: text("", { text: "Address players connect to; empty: all" }, "an IP address"),
  roomsPort: port(8081, { text: "Port players connect to by WebSocket; 0 picks one" }),
  roomsPublicUrl: text(
    "",
    {
      text: "URL players are told; {host} and {port} are filled in; empty: this port on the host they used for REST",
    },
    "a ws:// or wss:// URL",
  ),
  relay: flag({
    text: "Take players of rooms on other nodes, and pass on what they say and are told: for one public address before all nodes",
  }),
  region: text(
    "",
    {
      text: "Region of this process, which players measure their distance to; empty: distance does not matter",
    },
    "1 to 32 of a-z 0-9 -, the first a letter",
  ),
  ...grpcOptions,
  roomsMax: int(1_000, 1, 100_000, { text: "Rooms at one time" }),
  framesPerSecondMax: int(240, 10, 1_000_000, { text: "Frames a session may send per second, on average" }),
} as const;

export type RoomServerConfig = ConfigOf<typeof roomServerOptions>;
