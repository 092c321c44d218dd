import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { versionOf } from "./find.ts";
import type { Env } from "./run.ts";

/**
 * Moves a folder with a whole nats-server to where everybody looks, and answers the program's path there.
 * Who comes second leaves the first one's in place; one that does not run is replaced.
 */
export async function publishFolder(fresh: string, target: string, env: Env): Promise<string> {
  const path = join(target, "nats-server");
  try {
    await rename(fresh, target); // never replaces a folder that is not empty
  } catch (error) {
    if ((await versionOf(path, env)) === undefined) {
      await rm(target, { recursive: true, force: true });
      await rename(fresh, target).catch(() => {
        throw error;
      });
    }
  }
  return path;
}
