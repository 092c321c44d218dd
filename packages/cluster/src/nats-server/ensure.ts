import { access } from "node:fs/promises";
import { isNewEnough, NATS_SERVER_MIN } from "../server-version.ts";
import { type DebianProgram, downloadDebianProgram } from "./debian-package.ts";
import { cacheFolder, type FoundNatsServer, findNatsServer, versionOf, versionsOnPath } from "./find.ts";
import type { Env } from "./run.ts";

const PROGRAM: DebianProgram = { packageName: "nats-server", file: "usr/sbin/nats-server", versionOf };

/**
 * A nats-server that is new enough: found as {@link findNatsServer} does, else downloaded into the cache
 * folder (Debian, Ubuntu). Rejects with what a person can do. `onStep` is told before the download, which takes seconds.
 */
export async function ensureNatsServer(options: {
  env: Env;
  onStep?: (step: string) => void;
}): Promise<FoundNatsServer> {
  const { env, onStep } = options;
  const found = await findNatsServer({ env });
  if (found) return found;
  const folder = cacheFolder(env, "nats-server");
  if (!(await hasApt()))
    throw new Error(await advice(env, "it can be downloaded by itself only with apt (Debian, Ubuntu)"));
  onStep?.(`downloading Debian's nats-server into ${folder}`);
  try {
    const downloaded = await downloadDebianProgram(PROGRAM, folder, env);
    if (!isNewEnough(downloaded.version)) throw new Error(`Debian's is ${downloaded.version}`);
    return { ...downloaded, source: "download" };
  } catch (error) {
    throw new Error(
      await advice(env, `downloading it failed: ${error instanceof Error ? error.message : error}`),
      {
        cause: error,
      },
    );
  }
}

async function hasApt(): Promise<boolean> {
  try {
    await access("/etc/apt");
    return true;
  } catch {
    return false;
  }
}

async function advice(env: Env, why: string): Promise<string> {
  const old = await versionsOnPath(env);
  return [
    `No nats-server ${NATS_SERVER_MIN} or newer was found${old.length > 0 ? ` (on PATH: ${old.join(", ")})` : ""}; ${why}`,
    "Do one of these:",
    "  macOS:     brew install nats-server",
    "  Docker:    docker run -p 127.0.0.1:4222:4222 nats:2.12 -js   and set WARREN_NATS_URL=nats://127.0.0.1:4222",
    "  elsewhere: take it from https://github.com/nats-io/nats-server/releases and set WARREN_NATS_SERVER=/path/to/nats-server",
    "  Ubuntu:    a download needs Debian's keys: apt install debian-archive-keyring",
  ].join("\n");
}
