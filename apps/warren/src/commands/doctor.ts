import { access, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { examineNats } from "@warren/cluster/nats";
import { ensureNatsServer, NATS_SERVER_MIN } from "@warren/cluster/nats-server";
import { matchmakerOptions } from "@warren/matchmaker";
import { roomServerOptions } from "@warren/room-server";
import { type ConfigOf, envName, natsOptions, readConfig } from "@warren/service";
import type { Command, Env } from "../command.ts";
import { examineKeys, examineTls, type KeyFinding } from "../examine-keys.ts";
import { say } from "../terminal.ts";

const options = {
  httpPort: matchmakerOptions.httpPort,
  roomsPort: roomServerOptions.roomsPort,
  natsUrl: natsOptions.natsUrl,
  natsToken: natsOptions.natsToken,
  keys: matchmakerOptions.keys,
  httpTlsCert: matchmakerOptions.httpTlsCert,
  httpTlsKey: matchmakerOptions.httpTlsKey,
} as const;

interface Finding {
  readonly what: string;
  /** What was found. */
  readonly found?: string;
  /** It works, and somebody should know. */
  readonly warning?: string;
  /** What is missing and how to get it. */
  readonly missing?: string;
  /** Without it only this does not work. */
  readonly onlyFor?: string;
}

const NODE_MIN = [20, 19] as const;

export const doctor: Command = {
  name: "doctor",
  args: "",
  text: "What is missing on this machine, and what is wrong with its NATS and keys",
  options,
  async run({ argv, env }) {
    const { config } = readConfig(options, env, argv);
    const findings = [
      nodeVersion(),
      await webSockets(),
      await portFree("httpPort", config.httpPort),
      await portFree("roomsPort", config.roomsPort),
      await natsServer(env),
      await chromium(env),
      ...(await nats(config)),
      ...(await keys(config)),
    ];
    for (const { what, found, warning, missing, onlyFor } of findings) {
      const mark = missing !== undefined ? (onlyFor ? "–" : "✗") : warning === undefined ? "✓" : "!";
      const only = missing !== undefined && onlyFor ? ` (only for ${onlyFor})` : "";
      say(`${mark} ${what.padEnd(14)} ${missing ?? warning ?? found}${only}`);
    }
    if (findings.some(({ missing, onlyFor }) => missing !== undefined && !onlyFor)) process.exitCode = 1;
  },
};

async function nats({ natsUrl, natsToken }: ConfigOf<typeof options>): Promise<Finding[]> {
  if (natsUrl === "") return [];
  const findings = await examineNats({ servers: natsUrl, token: natsToken });
  return findings.map((each) => findingOf("NATS", each));
}

async function keys(config: ConfigOf<typeof options>): Promise<Finding[]> {
  const nowMs = Date.now();
  return [
    ...(await examineKeys(config.keys, nowMs)).map((each) => findingOf("keys", each)),
    ...(await examineTls(config, nowMs)).map((each) => findingOf("TLS", each)),
  ];
}

function findingOf(what: string, { problem, ...found }: KeyFinding): Finding {
  return { what, ...found, ...(problem !== undefined && { missing: problem }) };
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const what = "Node";
  return enough
    ? { what, found: process.versions.node }
    : { what, missing: `${process.versions.node} is too old; install 20.19 or newer` };
}

async function webSockets(): Promise<Finding> {
  const what = "uWebSockets.js";
  try {
    createRequire(fileURLToPath(import.meta.resolve("@warren/room-server")))("uWebSockets.js");
    return { what, found: `loads on Node ${process.versions.node}, ${process.platform} ${process.arch}` };
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return {
      what,
      missing: `${why}; Node 22 and 24 need glibc 2.38 (Debian 13, Ubuntu 24.04), Node 20 needs 2.27`,
    };
  }
}

async function portFree(option: "httpPort" | "roomsPort", port: number): Promise<Finding> {
  const what = `port ${port}`;
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
  return free
    ? { what, found: "is free" }
    : { what, missing: `is in use; set ${envName(option)} to another port, or 0 for any` };
}

async function natsServer(env: Env): Promise<Finding> {
  const what = "nats-server";
  try {
    const { version, path } = await ensureNatsServer({
      env,
      onStep: (step) => process.stderr.write(`${step}\n`),
    });
    return { what, found: `${version} at ${path}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      what,
      missing: `${NATS_SERVER_MIN} or newer: ${why}`,
      onlyFor: "several processes; `warren dev` needs none",
    };
  }
}

async function chromium(env: Env): Promise<Finding> {
  const what = "Chromium";
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(folder, name);
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      ) {
        return { what, found: path };
      }
    }
  }
  return {
    what,
    missing: "is not on PATH; Debian and Ubuntu: apt-get install chromium",
    onlyFor: "browser tests",
  };
}
