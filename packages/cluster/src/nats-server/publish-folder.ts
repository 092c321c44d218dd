import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DebianProgram } from "./debian-package.ts";
import type { Env } from "./run.ts";

/**
 * Moves the folder of a whole program to where everybody looks, and answers the program's path there.
 * Who comes second leaves the first one's in place; one that does not run is replaced.
 */
export async function publishFolder(
  program: string,
  target: string,
  versionOf: DebianProgram["versionOf"],
  env: Env,
): Promise<string> {
  const fresh = dirname(program);
  const path = join(target, basename(program));
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
