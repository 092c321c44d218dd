import { run } from "../run.ts";

const PREFIX = "warren-chaos-";
const NETWORK = "10.77.0.";
const HUB_ADDRESS = `${NETWORK}254`;

/** A machine of its own, as far as the network is concerned. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** Put before a command that is to run there. */
  readonly prefix: readonly string[];
}

/**
 * Hosts as network namespaces, each with a cable to one switch. The switch is in a namespace too, the hub, which reaches
 * all of them and nothing else: no address of theirs exists outside, and two runs may go on at one time.
 */
export class Namespaces {
  readonly hub: Host;
  readonly hosts: readonly Host[];

  /** `owner`: the process that made, or makes, them. */
  constructor(owner: number, count: number) {
    const host = (part: string | number, address: string): Host => {
      const name = `${PREFIX}${owner}-${part}`;
      return { name, address, prefix: ["ip", "netns", "exec", name] };
    };
    this.hub = host("hub", HUB_ADDRESS);
    this.hosts = Array.from({ length: count }, (_, i) => host(i + 1, `${NETWORK}${i + 1}`));
  }

  /** Rejects where the kernel refuses, or who asks may not; then nothing is left. */
  async make(): Promise<void> {
    await removeLeftovers();
    try {
      const hub = this.hub.name;
      await ip("netns", "add", hub);
      await ip("-n", hub, "link", "set", "lo", "up");
      await ip("-n", hub, "link", "add", "switch", "type", "bridge");
      await ip("-n", hub, "addr", "add", `${HUB_ADDRESS}/24`, "dev", "switch");
      await ip("-n", hub, "link", "set", "switch", "up");
      for (const [i, { name, address }] of this.hosts.entries()) {
        await ip("netns", "add", name);
        await ip("-n", name, "link", "set", "lo", "up");
        await ip(
          "-n",
          hub,
          "link",
          "add",
          `to${i + 1}`,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          name,
        );
        await ip("-n", hub, "link", "set", `to${i + 1}`, "master", "switch", "up");
        await ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
        await ip("-n", name, "link", "set", "eth0", "up");
      }
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  /** Gives a host another address. */
  async addAddress(host: Host, last: number): Promise<string> {
    const address = `${NETWORK}${last}`;
    await ip("-n", host.name, "addr", "add", `${address}/24`, "dev", "eth0");
    return address;
  }

  /** Ends what runs in them, and removes them with their cables. Safe to repeat. */
  async remove(): Promise<void> {
    for (const { name } of [...this.hosts, this.hub]) await removeNamespace(name);
  }
}

const ip = (...args: string[]) => run(["ip", ...args]);

async function removeNamespace(name: string): Promise<void> {
  const inside = await ip("netns", "pids", name).catch(() => "");
  for (const pid of inside.split("\n").map(Number)) {
    if (!(pid > 0)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  await ip("netns", "del", name).catch(() => {});
}

/** Of runs that were killed before they could clean up. */
async function removeLeftovers(): Promise<void> {
  for (const line of (await ip("netns", "list")).split("\n")) {
    const [name = ""] = line.split(" ");
    if (!name.startsWith(PREFIX)) continue;
    const owner = Number.parseInt(name.slice(PREFIX.length), 10);
    if (!isAlive(owner)) await removeNamespace(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
