import type { Cluster } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import type { Game } from "@warren/game";
import { InputError } from "@warren/kernel";
import {
  type AdminRoutes,
  type ConfigOf,
  type commonOptions,
  createLogger,
  createRegistry,
  Lifecycle,
  type Logger,
  type natsOptions,
  type OptionTable,
  type Registry,
  readConfig,
  redacted,
  startAdminServer,
  stopOnSignals,
} from "@warren/service";
import type { Env } from "./command.ts";
import { type LoadedGame, loadGame } from "./load-game.ts";
import type { Ports } from "./supervisor.ts";
import { say } from "./terminal.ts";

interface Running {
  readonly port: number;
  readonly grpcPort: number;
  readonly url: string;
  ready(): boolean;
  /** For the admin port. @default nothing */
  readonly admin?: AdminRoutes;
  /** Resolves when the process is of no use any more. */
  readonly lost?: Promise<void>;
  close(): Promise<void>;
}

/** One process of a cluster: config → telemetry → game → NATS → server → signals. */
export async function runClusterProcess<
  T extends typeof commonOptions & typeof natsOptions & OptionTable,
>(spec: {
  role: "matchmaker" | "rooms";
  table: T;
  argv: readonly string[];
  env: Env;
  start(parts: {
    config: ConfigOf<T>;
    loaded: LoadedGame;
    game: Game;
    cluster: Cluster;
    log: Logger;
    registry: Registry;
  }): Promise<Running>;
}): Promise<void> {
  const { role, table } = spec;
  const { config, rest } = readConfig(table, spec.env, spec.argv, ["game"]);
  const common = config as ConfigOf<typeof commonOptions & typeof natsOptions>;
  const log = createLogger({ name: role, level: common.logLevel, format: common.logFormat });
  const registry = createRegistry(role);
  const life = new Lifecycle(log);
  log.info({ event: "process.config", config: redacted(table, config) }, "starting");

  const loaded = await loadGame(rest[0]);
  const cluster = await connectCluster(common, `warren-${role}`, log);
  life.opened("NATS", () => cluster.close());

  const running = await spec.start({ config, loaded, game: loaded.game, cluster, log, registry });
  life.opened(role, () => running.close());
  const admin = await startAdminServer({
    host: common.adminHost,
    port: common.adminPort,
    registry,
    ready: () => running.ready(),
    routes: running.admin ?? {},
  });
  life.opened("admin", () => admin.close());

  const stop = () => life.stop(common.stopMs);
  stopOnSignals(stop);
  const giveUp = () => void stop().finally(() => process.exit(1));
  void running.lost?.then(giveUp);
  // A supervisor that died takes its processes along.
  process.on("disconnect", giveUp);
  log.info({ event: "process.ready", port: running.port, adminPort: admin.port }, "ready");
  const ports: Ports = { port: running.port, adminPort: admin.port, grpcPort: running.grpcPort };
  if (process.send) process.send({ ready: ports });
  else say(`warren ${role} ready ${running.url}`);
}

/** Connects to the NATS of the settings. Throws InputError when none is named or it cannot be used. */
export async function connectCluster(
  config: ConfigOf<typeof natsOptions>,
  name: string,
  log: Logger,
): Promise<Cluster> {
  if (config.natsUrl === "") {
    throw new InputError(
      "WARREN_NATS_URL",
      undefined,
      "the nats:// URL of the cluster; for one process without NATS there is `warren dev`",
    );
  }
  return connectNats({
    servers: config.natsUrl,
    cluster: config.cluster,
    ...(config.natsToken === "" ? {} : { token: config.natsToken }),
    ...(config.natsReplicas === 1 || config.natsReplicas === 3 ? { replicas: config.natsReplicas } : {}),
    name,
    onEvent: (event, { error, ...detail }) =>
      log[error === undefined && detail["advice"] === undefined ? "info" : "warn"](
        { ...detail, event: "nats.event", err: error },
        event,
      ),
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError("WARREN_NATS_URL", config.natsUrl, `servers that can be used; ${why}`);
  });
}
