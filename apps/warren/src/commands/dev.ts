import { randomBytes } from "node:crypto";
import { memoryCluster } from "@warren/cluster/memory";
import { systemClock } from "@warren/kernel";
import { checkMatchmakerConfig, matchmakerOptions, startMatchmaker } from "@warren/matchmaker";
import { roomServerOptions, startRoomServer } from "@warren/room-server";
import {
  createLogger,
  createRegistry,
  Lifecycle,
  list,
  oneOf,
  readConfig,
  startAdminServer,
  stopOnSignals,
} from "@warren/service";
import type { Command } from "../command.ts";
import { loadGame } from "../load-game.ts";
import { servePage } from "../page.ts";
import { say } from "../terminal.ts";

// One process needs no keys to know itself.
const { keys: _, ...services } = { ...roomServerOptions, ...matchmakerOptions };

const options = {
  ...services,
  unlimitedAddresses: list(
    ["loopback"],
    matchmakerOptions.unlimitedAddresses,
    matchmakerOptions.unlimitedAddresses.accepted,
  ),
  logFormat: oneOf("pretty", ["json", "pretty"], { text: "How it is logged" }),
} as const;

export const dev: Command = {
  name: "dev",
  args: "[game]",
  text: "Everything in one process, no infrastructure; keeps nothing across a restart",
  options,
  async run({ argv, env }) {
    const { config: given, rest: files } = readConfig(options, env, argv, ["game"]);
    // Nothing is kept, so guests need not be known after a restart.
    const config = {
      ...given,
      keys: "",
      authSecret: given.authSecret || randomBytes(32).toString("base64url"),
    };
    checkMatchmakerConfig(config);
    const log = createLogger({ name: "dev", level: config.logLevel, format: config.logFormat });
    const registry = createRegistry("dev");
    const life = new Lifecycle(log);
    stopOnSignals(() => life.stop(config.stopMs));

    const { game, file, webFolder } = await loadGame(files[0]);
    log.info(
      { event: "dev.memory", game: file },
      "one process on in-memory ports: nothing is kept across a restart",
    );
    const cluster = memoryCluster(systemClock, (event, detail) =>
      log.warn({ ...detail, event: "memory.event" }, event),
    );
    life.opened("cluster", () => cluster.close());

    const rooms = await startRoomServer({ config, game, cluster, log, registry });
    life.opened("rooms", () => rooms.close());
    const matchmaker = await startMatchmaker({
      // One port cannot serve both; the rooms have the one that is named.
      config: { ...config, grpcPort: 0 },
      game,
      cluster,
      log,
      registry,
      ...(webFolder ? { page: servePage(webFolder, { rebuild: true }) } : {}),
    });
    life.opened("matchmaker", () => matchmaker.close());
    const admin = await startAdminServer({
      host: config.adminHost,
      port: config.adminPort,
      registry,
      ready: () => rooms.ready() && matchmaker.ready(),
      routes: matchmaker.admin,
    });
    life.opened("admin", () => admin.close());
    log.info(
      { event: "dev.ready", adminPort: admin.port },
      `metrics are on http://${config.adminHost}:${admin.port}/metrics`,
    );
    say(`warren ready ${matchmaker.url}`);
  },
};
