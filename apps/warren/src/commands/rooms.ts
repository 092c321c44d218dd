import { roomServerOptions, startRoomServer } from "@warren/room-server";
import { natsOptions } from "@warren/service";
import { runClusterProcess } from "../cluster-process.ts";
import type { Command } from "../command.ts";

const options = { ...natsOptions, ...roomServerOptions } as const;

export const rooms: Command = {
  name: "rooms",
  args: "[game]",
  text: "One room-server: sessions and rooms (needs NATS)",
  options,
  run: ({ argv, env }) =>
    runClusterProcess({
      role: "rooms",
      table: options,
      argv,
      env,
      start: (parts) => startRoomServer(parts),
    }),
};
