// A node with a crowd: its arguments are NATS, its number, and its players. Does what it is told over IPC, one thing at a time.
import { LiveNodes } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { messageSubject, Presence } from "@warren/cluster/presence";
import { type PlayerId, parseNodeId, randomId, systemClock } from "@warren/kernel";
import { MessageOutcome, PlayerMessage, PlayerMessageAnswer } from "@warren/protocol/services";
import { eventually } from "@warren/testkit";
import { Crowd } from "./crowd.ts";

/**
 * What it is told. `fill`: sessions of all players; `announce`: the presence of all that are not announced; `recall`: one
 * of so many leaves, and their entries are gone; `invite`: as many others have sessions; `count`: only to answer.
 */
export type Order =
  | { readonly what: "fill" | "announce" | "count" }
  | { readonly what: "recall"; readonly oneOf: number }
  | { readonly what: "invite"; readonly oneOf: number; readonly times: number };

/** What it answers. */
export interface Done {
  /** Heap and what is outside of it but belongs to it, after garbage was collected; of `count`. */
  readonly bytes?: number;
  /** MESSAGE frames sockets were given so far. */
  readonly messages: number;
}

const LEASE_RENEW_MS = 3_000;
/** Of 100,000 players on a slow machine. */
const WRITE_TIMEOUT_MS = 300_000;

const [servers = "", first = "", count = ""] = process.argv.slice(2);
const players = Number(count);
const cluster = await connectNats({ servers, name: "bench" });
const nodeId = parseNodeId(randomId("n"));
const lease = await cluster.lease.acquire("node", nodeId, new TextEncoder().encode("{}"));
setInterval(() => void lease!.renew(), LEASE_RENEW_MS);
const nodes = await LiveNodes.watch(cluster.lease);
let failure: unknown;
const presence = new Presence({
  nodeId,
  directory: cluster.directory,
  nodes,
  clock: systemClock,
  onFailed: (error) => (failure = error),
});
const crowd = new Crowd(Number(first), players);
await cluster.bus.subscribe(messageSubject(nodeId), (bytes) => {
  const { playerId, messageId, topic, dataJson: data } = PlayerMessage.decode(bytes);
  const isHere = crowd.sessions.message(playerId as PlayerId, { messageId, topic, data });
  const outcome = isHere ? MessageOutcome.OK : MessageOutcome.NOT_HERE;
  return PlayerMessageAnswer.encode({ outcome }).finish();
});

crowd.onGone = (player) => presence.withdraw(player);

process.on("message", (order: Order) => void obey(order).then((done) => process.send!(done)));
process.on("disconnect", () => process.exit());
process.send!("ready");

async function obey(order: Order): Promise<Done> {
  switch (order.what) {
    case "fill":
      await crowd.come();
      break;
    case "announce":
      for (const player of crowd.players) presence.announce(player);
      await written(players);
      break;
    case "recall":
      await crowd.leave(order.oneOf);
      await written(players - Math.ceil(players / order.oneOf));
      break;
    case "invite":
      await crowd.come(order.oneOf, order.times);
      break;
    case "count":
      return { messages: crowd.messages, bytes: bytesHeld() };
  }
  return { messages: crowd.messages };
}

/** Exactly so many players are in the directory. */
async function written(there: number): Promise<void> {
  await eventually(() => {
    if (failure) throw failure;
    const { waiting, playerCount } = presence;
    return waiting === 0 && playerCount === there ? undefined : `${waiting} wait, ${playerCount} are there`;
  }, WRITE_TIMEOUT_MS);
}

function bytesHeld(): number {
  // Twice: what the first finds unused, such as weak references' targets, the second frees.
  for (let i = 0; i < 2; i++) (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
