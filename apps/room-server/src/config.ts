import { type ConfigOf, commonOptions, flag, grpcOptions, int, port, text } from "@warren/service";

/** Settings of a room-server. */
export const roomServerOptions = {
  ...commonOptions,
  roomsHost: text("", { text: "Address players connect to; empty: all" }, "an IP address"),
  roomsPort: port(8081, { text: "Port players connect to by WebSocket; 0 picks one" }),
  roomsPublicUrl: text(
    "",
    {
      text: "URL players are told; {host}, {port} and {slot} are filled in; empty: this port on the host they used for REST",
    },
    "a ws:// or wss:// URL",
  ),
  roomsSlot: int(0, 0, 4_095, {
    text: "Which of the room-servers behind one address this is, for {slot}; of several workers the first",
  }),
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
  seatsMax: int(10_000, 1, 1_000_000, { text: "Seats players hold at one time, in all rooms" }),
  memoryMibMax: int(0, 0, 16_777_216, {
    text: "Memory above which the node takes no more rooms and players, MiB; 0: no matter",
  }),
  build: text(
    "",
    { text: "Version of the game, as it is shown where nodes are shown; empty: not said" },
    "up to 64 characters",
  ),
  framesPerSecondMax: int(240, 10, 1_000_000, { text: "Frames a session may send per second, on average" }),
} as const;

export type RoomServerConfig = ConfigOf<typeof roomServerOptions>;
