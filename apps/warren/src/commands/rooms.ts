import { roomServerOptions, startRoomServer } from "@warren/room-server";
import {
  type ConfigOf,
  createLogger,
  envOf,
  hostInUrl,
  Lifecycle,
  natsOptions,
  readConfig,
  stopOnSignals,
} from "@warren/service";
import { runClusterProcess } from "../cluster-process.ts";
import type { Command, Env } from "../command.ts";
import { RoomWorkers, workersOption } from "../room-workers.ts";
import { say } from "../terminal.ts";

const options = { ...natsOptions, ...roomServerOptions, workers: workersOption } as const;

export const rooms: Command = {
  name: "rooms",
  args: "[game]",
  text: "One room-server, or one a core: sessions and rooms (needs NATS)",
  options,
  async run({ argv, env }) {
    const { config, rest: files } = readConfig(options, env, argv, ["game"]);
    if (config.workers > 1) return superviseWorkers(config, files, env);
    await runClusterProcess({
      role: "rooms",
      table: options,
      argv,
      env,
      start: (parts) => startRoomServer(parts),
    });
  },
};

type Config = ConfigOf<typeof options>;

/** Runs no room and takes no player itself. */
async function superviseWorkers(config: Config, files: readonly string[], env: Env): Promise<void> {
  const log = createLogger({ name: "rooms", level: config.logLevel, format: config.logFormat });
  const life = new Lifecycle(log);
  const settings = { ...env, ...envOf(options, config) };
  const workers = new RoomWorkers(config.workers, { files, env: settings, config, log });
  life.opened("workers", () => workers.stop());
  const stop = () => life.stop(config.stopMs + 500);
  stopOnSignals(stop);
  try {
    const started = await workers.start();
    const host = hostInUrl(config.roomsHost);
    say(`warren rooms ready ${started.map(({ port }) => `ws://${host}:${port}`).join(",")}`);
  } catch (error) {
    await stop();
    throw error;
  }
}
