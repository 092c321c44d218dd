import { roomServerOptions, startRoomServer } from "@warren/room-server";
import { runClusterProcess } from "../cluster-process.ts";
import type { Command } from "../command.ts";

export const rooms: Command = {
  name: "rooms",
  args: "[game]",
  text: "One room-server: sessions and rooms (needs NATS)",
  options: roomServerOptions,
  run: ({ argv, env }) =>
    runClusterProcess({
      role: "rooms",
      table: roomServerOptions,
      argv,
      env,
      start: (parts) => startRoomServer(parts),
    }),
};
