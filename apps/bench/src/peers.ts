import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { natsServerVersion } from "@warren/testbed";

/** Outside the workspace: nothing of ours depends on what is in there. */
const FOLDER = fileURLToPath(new URL("../peers", import.meta.url));

/** Loads a file of the peers' folder. It exports functions that answer subjects. */
export async function loadPeer<T>(file: string): Promise<T> {
  return (await import(new URL(`../peers/${file}`, import.meta.url).href)) as T;
}

/** Installs the peers if they are not there yet, or not in the versions that are asked for. */
export function installPeers(say: (line: string) => void): void {
  const wanted = Object.entries(pinned());
  if (wanted.every(([name, version]) => installedVersion(name) === version)) return;
  say("installing what is compared with");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, stdout, stderr } = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: FOLDER,
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(`npm ci failed in ${FOLDER}:\n${stdout}${stderr}\nWithout peers: --only ours`);
}

/** Versions of all that is measured, and of what is installed of all else. */
export async function versions(): Promise<Record<string, string>> {
  const ours = readJson(join(FOLDER, "..", "package.json"))["version"] as string;
  const peers = Object.keys(pinned()).map((name) => [name, installedVersion(name)]);
  const { node, v8 } = process.versions;
  return {
    warren: ours,
    node,
    v8,
    ...Object.fromEntries(
      [...peers, ["nats-server", await natsServerVersion()]].filter(([, v]) => v !== undefined),
    ),
  };
}

/** Exact versions by name; of a package under another name (`npm:name@1.2.3`) that one's. */
function pinned(): Record<string, string> {
  const wanted = readJson(join(FOLDER, "package.json"))["dependencies"] as Record<string, string>;
  return Object.fromEntries(
    Object.entries(wanted).map(([name, spec]) => [name, spec.replace(/^npm:.*@/, "")]),
  );
}

function installedVersion(name: string): string | undefined {
  const file = join(FOLDER, "node_modules", name, "package.json");
  return existsSync(file) ? (readJson(file)["version"] as string) : undefined;
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}
