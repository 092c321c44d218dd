import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { matchmakerOptions } from "@warren/matchmaker";
import {
  commonOptions,
  createLogger,
  Lifecycle,
  listenError,
  oneOf,
  port,
  readConfig,
  stopOnSignals,
  text,
} from "@warren/service";
import type { Command, Env } from "../command.ts";
import { RoomWorkers, workersOption } from "../room-workers.ts";
import { Supervised } from "../supervisor.ts";
import { say } from "../terminal.ts";

const options = {
  dataDir: text(
    ".warren",
    { text: "Folder for what is kept: the log, and the secret that signs guests' tokens" },
    "a folder",
  ),
  natsPort: port(4222, { text: "Port of the nats-server that is started; 0 picks one" }),
  httpPort: port(8080, { text: "Port for REST; 0 picks one" }),
  httpTlsCert: matchmakerOptions.httpTlsCert,
  httpTlsKey: matchmakerOptions.httpTlsKey,
  roomsPort: port(8081, { text: "Port players connect to by WebSocket; 0 picks one" }),
  workers: workersOption,
  logLevel: commonOptions.logLevel,
  logFormat: oneOf("json", ["json", "pretty"], { text: "How it is logged" }),
} as const;

const CHILD_STOP_MS = 2_500;

export const up: Command = {
  name: "up",
  args: "[game]",
  text: "A whole cluster on this machine: nats-server, matchmaker and room-servers, supervised",
  options,
  async run({ argv, env }) {
    const { config, rest: files } = readConfig(options, env, argv, ["game"]);
    const log = createLogger({ name: "up", level: config.logLevel, format: config.logFormat });
    const life = new Lifecycle(log);
    const stop = () => life.stop(6_000);
    stopOnSignals(stop);

    const dataDir = resolve(config.dataDir);
    await mkdir(dataDir, { recursive: true });
    const nats = await superviseNats({ dataDir, port: config.natsPort, env, log });
    life.opened("nats-server", () => nats.stop());

    const common: Env = {
      WARREN_NATS_URL: nats.url,
      WARREN_AUTH_SECRET: env["WARREN_AUTH_SECRET"] || (await authSecret(dataDir)),
      // Each child picks its own; one port cannot serve both.
      WARREN_ADMIN_PORT: "0",
      WARREN_GRPC_PORT: "0",
      WARREN_HTTP_TLS_CERT: config.httpTlsCert,
      WARREN_HTTP_TLS_KEY: config.httpTlsKey,
      WARREN_LOG_LEVEL: config.logLevel,
      WARREN_LOG_FORMAT: config.logFormat,
    };
    const rooms = new RoomWorkers(config.workers, {
      files,
      env: { ...env, ...common },
      config: {
        roomsPort: config.roomsPort,
        adminPort: 0,
        grpcPort: 0,
        roomsSlot: 0,
        stopMs: CHILD_STOP_MS,
      },
      log,
    });
    const matchmaker = new Supervised(
      {
        name: "matchmaker",
        argv: ["matchmaker", "--page", ...files],
        env: { ...common, WARREN_HTTP_PORT: String(config.httpPort) },
        stopMs: CHILD_STOP_MS,
        pin: ({ port }) => ({ WARREN_HTTP_PORT: String(port) }),
      },
      env,
      log,
    );
    life.opened("processes", async () => {
      await Promise.all([rooms.stop(), matchmaker.stop()]);
    });
    try {
      const [{ port: httpPort }] = await Promise.all([matchmaker.start(), rooms.start()]);
      say(`warren ready ${config.httpTlsCert === "" ? "http" : "https"}://127.0.0.1:${httpPort}`);
    } catch (error) {
      await stop();
      throw error;
    }
  },
};

/** Starts nats-server and, when it ends by itself, starts it again on the same port and data. */
async function superviseNats(options: {
  dataDir: string;
  port: number;
  env: Env;
  log: ReturnType<typeof createLogger>;
}) {
  const { log } = options;
  const { path, version } = await ensureNatsServer({
    env: options.env,
    onStep: (step) => log.info({ event: "nats.fetch" }, step),
  });
  const dataDir = join(options.dataDir, "nats");
  let stopping = false;
  let running: RunningNatsServer;
  const start = async (port: number) => {
    running = await startNatsServer({
      path,
      dataDir,
      port,
      logFile: join(options.dataDir, "nats-server.log"),
      ownGroup: true,
    });
    void running.exited.then(async () => {
      for (let waitMs = 250; !stopping; waitMs = Math.min(waitMs * 2, 10_000)) {
        log.error({ event: "nats.exited" }, "nats-server ended; starting it again");
        await new Promise((wake) => setTimeout(wake, waitMs));
        if (stopping) return;
        const started = await start(running.port).then(
          () => true,
          (error: unknown) => {
            log.error({ event: "nats.start_failed", err: error }, "nats-server did not start");
            return false;
          },
        );
        if (started) return;
      }
    });
  };
  await start(options.port).catch(async (error: unknown) => {
    // Its own message goes to its log file.
    if (options.port !== 0 && (await isTaken(options.port)))
      throw listenError({ code: "EADDRINUSE" }, options.port, "natsPort");
    throw error;
  });
  log.info(
    { event: "nats.ready", version, port: running!.port },
    `nats-server ${version} is on port ${running!.port}`,
  );
  return {
    url: running!.url,
    stop() {
      stopping = true;
      return running.stop();
    },
  };
}

/** Kept in a file only its owner can read, so that guests stay who they are across restarts. */
async function authSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, "auth-secret");
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (known.trim() !== "") return known.trim();
  const secret = randomBytes(32).toString("base64url");
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return secret;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(false)));
  });
}
