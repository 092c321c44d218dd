import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { InputError } from "@warren/kernel";
import { compareVersions, isNewEnough, NATS_SERVER_MIN, parseServerVersion } from "../server-version.ts";
import { type Env, run } from "./run.ts";

export interface FoundNatsServer {
  readonly path: string;
  /** Such as `2.15.1`. */
  readonly version: string;
  readonly source: "WARREN_NATS_SERVER" | "PATH" | "cache" | "download";
}

const VERSION_TIMEOUT_MS = 10_000;

/**
 * A nats-server that is new enough: the one of WARREN_NATS_SERVER, else on PATH, else in the cache folder.
 * One that is named but missing or too old is an InputError: who names one wants that one.
 */
export async function findNatsServer(options: { env: Env }): Promise<FoundNatsServer | undefined> {
  const { env } = options;
  const named = env["WARREN_NATS_SERVER"];
  if (named) {
    const version = await versionOf(named, env);
    if (isNewEnough(version)) return { path: named, version, source: "WARREN_NATS_SERVER" };
    const got = version ? `version ${version}: ${named}` : `no program that runs: ${named}`;
    throw new InputError("WARREN_NATS_SERVER", got, `the path of a nats-server ${NATS_SERVER_MIN} or newer`);
  }
  for (const path of await onPath(env)) {
    const version = await versionOf(path, env);
    if (isNewEnough(version)) return { path, version, source: "PATH" };
  }
  for (const path of await cached(cacheFolder(env, "nats-server"))) {
    const version = await versionOf(path, env);
    if (isNewEnough(version)) return { path, version, source: "cache" };
  }
  return undefined;
}

/** Versions of the ones on PATH, whatever they are, to say why they were passed over. */
export async function versionsOnPath(env: Env): Promise<string[]> {
  const versions = await Promise.all((await onPath(env)).map((path) => versionOf(path, env)));
  return versions.filter((version) => version !== undefined);
}

/** `~/.cache/warren/<program>`, or below XDG_CACHE_HOME. Has one folder a version. */
export function cacheFolder(env: Env, program: string): string {
  const home = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return join(home, "warren", program);
}

/** Undefined when the file is no program that tells its version. */
export async function versionOf(path: string, env: Env): Promise<string | undefined> {
  try {
    return parseServerVersion(await run(path, ["--version"], { env, timeoutMs: VERSION_TIMEOUT_MS }));
  } catch {
    return undefined;
  }
}

async function onPath(env: Env): Promise<string[]> {
  // Packages put it into sbin, which is not on every user's PATH.
  const folders = [...(env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin"];
  const paths = [...new Set(folders)].filter(Boolean).map((folder) => join(folder, "nats-server"));
  const present = await Promise.all(paths.map((path) => isFile(path)));
  return paths.filter((_, at) => present[at]);
}

async function cached(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => parseServerVersion(name) === name)
    .sort((a, b) => compareVersions(b, a))
    .map((name) => join(folder, name, "nats-server"));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
