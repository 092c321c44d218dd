import { run } from "../run.ts";
import type { CutKind, Links } from "./links.ts";
import type { Host } from "./namespaces.ts";

const LOSS_PERCENT = 50;

export interface Wiring {
  /** Where room-servers reach NATS, and where matchmakers do: two addresses of one server. */
  readonly natsOfNodes: string;
  readonly natsOfReplicas: string;
  /** Of room-servers, for matchmakers. */
  readonly nodePort: number;
}

/** Cuts by dropping packets in the hosts' kernels, where both ends wait in vain as on a real network. */
export class NftLinks implements Links {
  readonly #nft: readonly string[];
  readonly #hosts: readonly Host[];
  readonly #wiring: Wiring;

  constructor(nft: readonly string[], hosts: readonly Host[], wiring: Wiring) {
    this.#nft = nft;
    this.#hosts = hosts;
    this.#wiring = wiring;
  }

  async cut(kind: CutKind, at: number): Promise<void> {
    const host = this.#hosts[at] as Host;
    const other = this.#hosts[1 - at] as Host;
    await this.#apply(host, rulesOf(kind, this.#wiring, other.address));
  }

  async heal(): Promise<void> {
    for (const host of this.#hosts) await this.#apply(host, { input: [], output: [] });
  }

  async close(): Promise<void> {}

  async #apply(host: Host, { input, output }: Rules): Promise<void> {
    const chain = (hook: string, rules: readonly string[]) =>
      `chain ${hook} {\ntype filter hook ${hook} priority 0\n${rules.map((rule) => `${rule} drop\n`).join("")}}\n`;
    const table = `table inet chaos {\n${chain("input", input)}${chain("output", output)}}\n`;
    // Named first, so that there is one to delete.
    const script = `table inet chaos\ndelete table inet chaos\n${table}`;
    await run([...host.prefix, ...this.#nft, "-f", "-"], script);
  }
}

interface Rules {
  readonly input: readonly string[];
  readonly output: readonly string[];
}

function rulesOf(kind: CutKind, { natsOfNodes, natsOfReplicas, nodePort }: Wiring, other: string): Rules {
  const both = (...addresses: string[]): Rules => ({
    input: addresses.map((address) => `ip saddr ${address}`),
    output: addresses.map((address) => `ip daddr ${address}`),
  });
  switch (kind) {
    case "node-nats":
      return both(natsOfNodes);
    case "replica-nats":
      return both(natsOfReplicas);
    case "host-nats":
      return both(natsOfNodes, natsOfReplicas);
    case "node-replicas":
      // Also of its own host.
      return { input: [`tcp dport ${nodePort}`], output: [`tcp sport ${nodePort}`] };
    case "host":
      return both(natsOfNodes, natsOfReplicas, other);
    case "to-nats":
      return { input: [], output: both(natsOfNodes).output };
    case "from-nats":
      return { input: both(natsOfNodes).input, output: [] };
    case "lossy": {
      const lossy = `numgen random mod 100 < ${LOSS_PERCENT}`;
      return {
        input: [],
        output: [`ip daddr ${natsOfNodes} ${lossy}`, `tcp sport ${nodePort} ${lossy}`],
      };
    }
  }
}
