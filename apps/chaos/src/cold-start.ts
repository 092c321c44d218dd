import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Cluster, Log } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import { type Member, Testbed } from "@warren/testbed";

const GAME = fileURLToPath(new URL("./game.js", import.meta.url));
const SUBJECT = "mm.main.t";
/** Appends on their way at one time. */
const IN_FLIGHT = 256;
/** Nobody is matched here: there is no room-server. */
const QUEUE = "crowd";
const CLOSED_PER_RECORD = 50;
/** How long the first replica may be behind what was written. */
const TAKEN_IN_MS = 90_000;

export interface ColdStartOptions {
  /** Tickets that wait. */
  readonly open: number;
  /** Tickets that came and went before. */
  readonly history: number;
  say(line: string): void;
}

export interface ColdStartReport {
  readonly open: number;
  readonly history: number;
  /** Records the log still has. */
  readonly records: number;
  /** From the kill until the new process is ready and has answered how many wait. */
  readonly coldMs: number;
  /** Tickets that wait, and that the new process does not know. */
  readonly lost: number;
}

/** A replica starts with nothing but the log: the last snapshot, and what came after it. */
export async function coldStart({ open, history, say }: ColdStartOptions): Promise<ColdStartReport> {
  const testbed = await Testbed.start({ matchmakers: 1, rooms: 0, game: GAME });
  const [matchmaker] = testbed.matchmakers as [Member];
  let cluster: Cluster | undefined;
  try {
    cluster = await connectNats({ servers: testbed.natsUrl, name: "writer" });
    say(`writing ${open} tickets that wait, and ${history} that came and went`);
    await writeHistory(cluster.log, open, history);
    const deadlineMs = performance.now() + TAKEN_IN_MS;
    while ((await openTickets(matchmaker)) !== open) {
      if (performance.now() > deadlineMs) throw new Error(`not all ${open} tickets were taken in`);
      await pause(200);
    }
    // Its last snapshot is on its way, or due soon.
    await snapshotTold(matchmaker);
    say(`the replica knows ${open} open tickets; killing it and starting it again`);
    const startedMs = performance.now();
    await matchmaker.restart("SIGKILL");
    const known = await openTickets(matchmaker);
    const coldMs = Math.round(performance.now() - startedMs);
    return { open: known, history, records: await recordsOf(cluster.log), coldMs, lost: open - known };
  } finally {
    await cluster?.close();
    await testbed.close();
  }
}

async function writeHistory(log: Log, open: number, history: number): Promise<void> {
  const flying = new Set<Promise<unknown>>();
  const append = async (body: NonNullable<LogEntry["body"]>) => {
    const bytes = LogEntry.encode({ version: RECORD_VERSION, body }).finish();
    const appended: Promise<unknown> = log.append(SUBJECT, bytes).finally(() => flying.delete(appended));
    flying.add(appended);
    if (flying.size >= IN_FLIGHT) await Promise.race(flying);
  };
  for (let i = 0; i < open; i++) await append(post(`o${i}`));
  let gone: string[] = [];
  for (let i = 0; i < history; i++) {
    await append(post(`h${i}`));
    gone.push(ticketId(`h${i}`));
    if (gone.length < CLOSED_PER_RECORD) continue;
    await Promise.all(flying);
    await append({
      $case: "ticketsClosed",
      value: { ticketIds: gone, cause: TicketsClosed_Cause.CANCELLED },
    });
    gone = [];
  }
  await Promise.all(flying);
}

const ticketId = (name: string) => `t_main_${name.padStart(26, "0")}`;

function post(name: string): NonNullable<LogEntry["body"]> {
  const player = {
    playerId: `guest-${name}`,
    joinJson: "",
    attributes: [],
    latencies: [],
  };
  return {
    $case: "ticketPosted",
    value: { ticketId: ticketId(name), players: [player], queues: [QUEUE], replace: false, lobbyId: "" },
  };
}

/** As the replica says; up to a second old. */
async function openTickets({ url }: Member): Promise<number> {
  const response = await fetch(`${url}/v1/queues/${QUEUE}/stats`);
  return ((await response.json()) as { open: number }).open;
}

/** Until it has told of a snapshot and of no further one for a while. */
async function snapshotTold(member: Member): Promise<void> {
  const count = () => member.output().split("snapshot.written").length - 1;
  const deadlineMs = performance.now() + 90_000;
  while (count() === 0 && performance.now() < deadlineMs) await pause(200);
  if (count() === 0) throw new Error("no snapshot was written in 90 s");
}

async function recordsOf(log: Log): Promise<number> {
  const last = await log.last("mm.main.>");
  const stop = new AbortController();
  let records = 0;
  for await (const { seq } of log.read({ fromSeq: 1, filter: "mm.main.>", signal: stop.signal })) {
    records++;
    if (seq >= (last?.seq ?? 0)) break;
  }
  stop.abort();
  return records;
}
