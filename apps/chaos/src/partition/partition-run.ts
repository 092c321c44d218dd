import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitOnSignals } from "../exit-on-signals.ts";
import { Namespaces } from "./namespaces.ts";
import { findNft } from "./nft.ts";
import { type PartitionOptions, type PartitionReport, partition } from "./partition.ts";
import { namespaceLayout, relayLayout } from "./site-layout.ts";

/** NATS, and two with a matchmaker and a room-server. */
const HOSTS = 3;

type Options = Omit<PartitionOptions, "folder">;

/** Where a run takes place that was started by another: `pid:folder`. */
export type Inside = string;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes the hosts and starts this program again in their midst, with the arguments it has; then removes them, whatever
 * came of it. Answers the exit code; or the report, where there can be no hosts and the run took place right here.
 */
export async function runPartition(
  argv: readonly string[],
  options: Options & { readonly relays: boolean },
): Promise<number | PartitionReport> {
  const folder = await mkdtemp(join(tmpdir(), "warren-partition-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", removeFolder);
  try {
    // Half made, they have to be made whole or removed, whoever calls.
    let isStopped = false;
    const stop = () => {
      isStopped = true;
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    const spaces = options.relays ? undefined : await makeNamespaces(options);
    for (const signal of SIGNALS) process.off(signal, stop);
    if (isStopped) {
      await spaces?.remove();
      return 1;
    }
    if (!spaces) exitOnSignals();
    if (!spaces) return await partition(await relayLayout(), { ...options, folder });
    try {
      return await runInside(spaces, [...argv, "--inside", `${process.pid}:${folder}`]);
    } finally {
      await spaces.remove();
    }
  } finally {
    process.off("exit", removeFolder);
    removeFolder();
  }
}

/** The run itself, among hosts that are there. */
export async function partitionInside(inside: Inside, options: Options): Promise<PartitionReport> {
  const at = inside.indexOf(":");
  const spaces = new Namespaces(Number(inside.slice(0, at)), HOSTS);
  const layout = await namespaceLayout(spaces, await findNft(options.env, options.say));
  return partition(layout, { ...options, folder: inside.slice(at + 1) });
}

async function makeNamespaces({ env, say }: Options): Promise<Namespaces | undefined> {
  const spaces = new Namespaces(process.pid, HOSTS);
  try {
    await findNft(env, say);
    await spaces.make();
    return spaces;
  } catch (error) {
    say("THERE ARE NO NETWORK NAMESPACES HERE: relays in this process cut instead, which no kernel notices");
    say(`why: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** Resolves when it has ended. A signal to this process goes on to it, and what was made is removed all the same. */
async function runInside(spaces: Namespaces, argv: readonly string[]): Promise<number> {
  const [command = "", ...args] = [...spaces.hub.prefix, process.execPath, ...argv];
  const child = spawn(command, args, { stdio: "inherit" });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", pass).off("SIGTERM", pass).off("SIGHUP", pass);
  }
}
