import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LiveNodes } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { PlayerNodes, type TellWays, tellPlayer } from "@warren/cluster/presence";
import { type PlayerId, systemClock } from "@warren/kernel";
import { Testbed } from "@warren/testbed";
import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { playerOf } from "./crowd.ts";
import type { Done, Order } from "./node.ts";

/** Compiled, also when this file is not. */
const NODE = fileURLToPath(new URL("../../dist/presence/node.js", import.meta.url));
const NODES = 2;
const IN_FLIGHT = 64;
const DATA = JSON.stringify({
  kind: "invite",
  from: "p_00000000000000000000000000",
  lobby: "l_0123456789abcdef",
});

export interface PresenceSize {
  readonly players: number;
  /** One of so many leaves in every round, and somebody else comes. */
  readonly oneOf: number;
  /** With one message under way, ms. */
  readonly aloneMs: number;
  /** With as many under way as there are to be, ms. */
  readonly busyMs: number;
}

/** Two nodes with players in processes of their own, a NATS server, and messages to any of the players from here. */
export async function presenceRunner(size: PresenceSize): Promise<Runner> {
  const testbed = await Testbed.start({ matchmakers: 0, rooms: 0, game: "" });
  const closing: (() => Promise<unknown>)[] = [() => testbed.close()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const nats = testbed.nats[0]!;
    const perNode = size.players / NODES;
    const nodes: CrowdNode[] = [];
    for (let i = 0; i < NODES; i++) {
      const node = await CrowdNode.start(nats.url, i * perNode, perNode);
      nodes.push(node);
      closing.push(() => node.close());
    }
    const all = (order: Order) => Promise.all(nodes.map((node) => node.obey(order)));
    const bytesOf = (dones: readonly Done[]) => sum(dones.map(({ bytes }) => bytes ?? 0));

    const bytesEmpty = bytesOf(await all({ what: "count" }));
    await all({ what: "fill" });
    const bytesFilled = bytesOf(await all({ what: "count" }));
    const natsRssEmpty = rssBytes(nats.pid);
    const fillMs = await timed(() => all({ what: "announce" }));
    const bytesAnnounced = bytesOf(await all({ what: "count" }));
    const kept = {
      announceFirstPerSecond: (size.players * 1_000) / fillMs,
      // Of few players it is less than what else comes and goes.
      nodeBytesPerPlayer: Math.max(0, bytesAnnounced - bytesFilled) / size.players,
      sessionBytesPerPlayer: (bytesFilled - bytesEmpty) / size.players,
      natsBytesPerPlayer: (await presenceBytes(nats.monitorUrl!)) / size.players,
      natsRssBytesPerPlayer: Math.max(0, rssBytes(nats.pid) - natsRssEmpty) / size.players,
    };

    const cluster = await connectNats({ servers: nats.url, name: "bench" });
    closing.push(() => cluster.close());
    const live = await LiveNodes.watch(cluster.lease);
    const players = new PlayerNodes({ directory: cluster.directory, nodes: live, clock: systemClock });
    const teller = new Teller({ bus: cluster.bus, players, clock: systemClock }, size);
    await teller.tell(IN_FLIGHT, size.aloneMs);
    return {
      async round(): Promise<Figures> {
        const before = sum((await all({ what: "count" })).map(({ messages }) => messages));
        const alone = await teller.tell(1, size.aloneMs);
        const startedMs = performance.now();
        const busy = await teller.tell(IN_FLIGHT, size.busyMs);
        const seconds = (performance.now() - startedMs) / 1_000;
        const after = sum((await all({ what: "count" })).map(({ messages }) => messages));
        if (after - before !== alone.length + busy.length)
          throw new Error(`${alone.length + busy.length} messages were delivered, ${after - before} arrived`);
        const { oneOf } = size;
        await all({ what: "recall", oneOf });
        await all({ what: "invite", oneOf, times: ++teller.times });
        const announceMs = await timed(() => all({ what: "announce" }));
        return {
          deliveriesPerSecond: busy.length / seconds,
          deliveryP50Ms: quantile(alone, 0.5),
          deliveryP99Ms: quantile(alone, 0.99),
          busyP50Ms: quantile(busy, 0.5),
          busyP99Ms: quantile(busy, 0.99),
          announcePerSecond: (size.players / oneOf) * (1_000 / announceMs),
          ...kept,
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

class CrowdNode {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(natsUrl: string, first: number, players: number): Promise<CrowdNode> {
    const args = [natsUrl, String(first), String(players)];
    const child = fork(NODE, args, { execArgv: ["--expose-gc"], stdio: ["ignore", 2, 2, "ipc"] });
    const node = new CrowdNode(child);
    await node.#answer();
    return node;
  }

  async obey(order: Order): Promise<Done> {
    this.#child.send(order);
    return this.#answer();
  }

  #answer(): Promise<Done> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`a node ended with ${code}`));
      this.#child.once("exit", ended);
      this.#child.once("message", (done) => {
        this.#child.off("exit", ended);
        resolve(done as Done);
      });
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

/** Messages to random players, all of whom have a session. */
class Teller {
  /** How often one of so many has been replaced. */
  times = 0;
  readonly #ways: TellWays;
  readonly #size: PresenceSize;
  #messages = 0;

  constructor(ways: TellWays, size: PresenceSize) {
    this.#ways = ways;
    this.#size = size;
  }

  /** For so long; answers how long each took, ms. */
  async tell(inFlight: number, forMs: number): Promise<number[]> {
    const tookMs: number[] = [];
    const endMs = performance.now() + forMs;
    const one = async () => {
      do {
        const player = this.#any();
        const message = { messageId: `m_${++this.#messages}`, topic: "invite", data: DATA };
        const startedMs = performance.now();
        const told = await tellPlayer(this.#ways, player, message);
        if (told !== "delivered") throw new Error(`${player} is ${told}`);
        tookMs.push(performance.now() - startedMs);
      } while (performance.now() < endMs);
    };
    await Promise.all(Array.from({ length: inFlight }, one));
    return tookMs;
  }

  #any(): PlayerId {
    const { players, oneOf } = this.#size;
    const number = Math.floor(Math.random() * players);
    const isReplaced = (number % (players / NODES)) % oneOf === 0;
    return playerOf(number, isReplaced ? this.times : 0);
  }
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await what();
  return performance.now() - startedMs;
}

/** What presence takes in the stream's files, bytes. */
async function presenceBytes(monitorUrl: string): Promise<number> {
  interface Jsz {
    account_details: { stream_detail: { name: string; state: { bytes: number } }[] }[];
  }
  const jsz = (await (await fetch(`${monitorUrl}/jsz?streams=true`)).json()) as Jsz;
  const stream = jsz.account_details
    .flatMap(({ stream_detail }) => stream_detail)
    .find(({ name }) => name.endsWith("_presence"));
  if (!stream) throw new Error("NATS has no stream for presence");
  return stream.state.bytes;
}

function rssBytes(pid: number): number {
  const kib = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return Number(kib) * 1_024;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
