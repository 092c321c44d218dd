import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Prng } from "@warren/kernel";
import { type Member, type NatsMember, Testbed } from "@warren/testbed";
import { newTickets } from "./players/new-tickets.ts";
import { TallyPlayer, type TallyReport } from "./players/tally-player.ts";
import type { Verdict } from "./scenario.ts";

const GAME = fileURLToPath(new URL("./game.js", import.meta.url));
const SETTLED_MS = 2_000;
const UP_MS = [3_000, 9_000] as const;
const DOWN_MS = [500, 5_000] as const;
/** Every so many kills NATS stays away for longer. */
const LONG_EVERY = 6;
const LONG_DOWN_MS = 20_000;
const SEATED_MS = 120_000;
/** Until everything that was sent is answered, after NATS is back for good. */
const FINISH_MS = 45_000;
/** Room-servers, of the three, that take players of rooms elsewhere. */
const RELAYS = 2;
const TICKETS_AFTER = 20;
const TICKETS_AFTER_MS = 30_000;
/** Rooms do not wait for NATS; what is more than this is not the operating system's. */
const TICK_GAP_MS_MAX = 3_000;
const RELAY_METRIC = "warren_room_relay_gaps_resynced_total";

export interface KillNatsOptions {
  readonly seed: number;
  readonly kills: number;
  readonly players: number;
  /** NATS servers; of three the leader of the log is killed. */
  readonly nats: 1 | 3;
  say(line: string): void;
}

export interface KillNatsReport {
  readonly seed: number;
  readonly seconds: number;
  readonly players: number;
  /** Those whose socket is with another node than their room. */
  readonly relayedPlayers: number;
  readonly natsKills: number;
  readonly events: number;
  readonly actions: number;
  readonly eventsLost: number;
  readonly eventsDuplicated: number;
  readonly actionsLost: number;
  readonly actionsDuplicated: number;
  readonly socketsDropped: number;
  readonly epochsFallen: number;
  /** Times a player saw no newer tick for 3 s. */
  readonly ticksMissed: number;
  /** Times a relay found that states were missing, and asked for a snapshot; undefined: no node says so. */
  readonly relayGapsResynced: number | undefined;
  /** What went wrong, in words; empty: nothing. */
  readonly problems: readonly string[];
}

/** Players play while NATS is killed and started again, over and over; whatever they do must not notice. */
export async function killNats(options: KillNatsOptions): Promise<KillNatsReport> {
  const { say, seed } = options;
  const startedAtMs = performance.now();
  const prng = new Prng(seed);
  const problems: string[] = [];
  const testbed = await Testbed.start({
    matchmakers: 2,
    rooms: 3,
    game: GAME,
    nats: options.nats,
    env: { WARREN_ROOMS_MAX: "2000" },
    roomsEnv: (i): Record<string, string> => (i < RELAYS ? { WARREN_RELAY: "true" } : {}),
  });
  try {
    const urls = testbed.matchmakers.map(({ url }) => url);
    const players = await seated(testbed, urls, new Prng(seed + 1), options.players);
    const relayed = players.filter(({ seat }) => seat?.relayed).length;
    say(`${players.length} players sit, ${relayed} of them on another node than their room`);
    await pause(SETTLED_MS);
    for (let kill = 1; kill <= options.kills; kill++) {
      const nats = await victim(testbed, prng);
      const downMs = kill % LONG_EVERY === 0 ? LONG_DOWN_MS : prng.int(...DOWN_MS);
      await nats.end("SIGKILL");
      say(`killed NATS ${kill} of ${options.kills}, for ${downMs} ms`);
      await pause(downMs);
      await nats.resume();
      await pause(prng.int(...UP_MS));
    }
    for (const nats of testbed.nats) await nats.healthy();
    problems.push(...(await newTickets(urls, new Prng(seed + 2), TICKETS_AFTER, TICKETS_AFTER_MS)));
    say("NATS is back for good; waiting for what is on its way");
    const reports = await Promise.all(players.flatMap(({ seat }) => (seat ? [seat.finish(FINISH_MS)] : [])));
    return {
      seed,
      seconds: Math.round((performance.now() - startedAtMs) / 1000),
      players: players.length,
      relayedPlayers: relayed,
      natsKills: options.kills,
      ...totals(reports),
      relayGapsResynced: await sumOf(testbed.rooms, RELAY_METRIC),
      problems: [...problems, ...reports.flatMap((report) => report.problems)].slice(0, 20),
    };
  } finally {
    await testbed.close();
  }
}

/** Two of three players connect to a node that relays, wherever their room is; the others to where it is. */
async function seated(
  testbed: Testbed,
  urls: readonly string[],
  prng: Prng,
  count: number,
): Promise<TallyPlayer[]> {
  const players = Array.from({ length: count }, (_, i) => {
    const relay = i % 3 < RELAYS ? testbed.rooms[i % 3] : undefined;
    return new TallyPlayer({
      urls,
      prng,
      tickGapMsMax: TICK_GAP_MS_MAX,
      route: (url) => relay?.url ?? url,
    });
  });
  const signal = AbortSignal.timeout(SEATED_MS);
  await Promise.all(players.map((player) => player.sit(signal)));
  return players;
}

async function victim(testbed: Testbed, prng: Prng): Promise<NatsMember> {
  if (testbed.nats.length === 1) return testbed.nats[0] as NatsMember;
  return (await logLeader(testbed.nats)) ?? prng.pick(testbed.nats);
}

interface JetStreamState {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** The server that leads the log of tickets now, asked of any that answers. */
async function logLeader(servers: readonly NatsMember[]): Promise<NatsMember | undefined> {
  for (const { monitorUrl } of servers) {
    const answer = await fetch(`${monitorUrl}/jsz?streams=1`).catch(() => undefined);
    if (!answer?.ok) continue;
    const { account_details: accounts = [] } = (await answer.json()) as JetStreamState;
    const streams = accounts.flatMap(({ stream_detail: detail = [] }) => detail);
    const leader = streams.find(({ name }) => name.endsWith("_mm"))?.cluster?.leader;
    // The testbed names them by their index.
    const at = Number(leader?.split("-").at(-1));
    if (servers[at]) return servers[at];
  }
  return undefined;
}

function totals(reports: readonly TallyReport[]) {
  const total = (of: (report: TallyReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);
  return {
    events: total((report) => report.events),
    actions: total((report) => report.actions),
    eventsLost: total((report) => report.eventsLost),
    eventsDuplicated: total((report) => report.eventsDuplicated),
    actionsLost: total((report) => report.actionsLost),
    actionsDuplicated: total((report) => report.actionsDuplicated),
    socketsDropped: total((report) => report.socketsDropped),
    epochsFallen: total((report) => report.epochsFallen),
    ticksMissed: total((report) => report.ticksMissed),
  };
}

async function sumOf(members: readonly Member[], metric: string): Promise<number | undefined> {
  let sum: number | undefined;
  for (const member of members) {
    const here = await member.metric(metric).catch(() => undefined);
    if (here !== undefined) sum = (sum ?? 0) + here;
  }
  return sum;
}

/** Well: nothing was lost, doubled or dropped. */
export function verdictOnKillNats(report: KillNatsReport): Verdict {
  const { events, eventsLost, eventsDuplicated, actions, actionsLost, actionsDuplicated } = report;
  const { socketsDropped, epochsFallen, problems } = report;
  const harm =
    eventsLost + eventsDuplicated + actionsLost + actionsDuplicated + socketsDropped + epochsFallen;
  return {
    report,
    isWell: harm + problems.length === 0 && events > 0 && actions > 0,
    lines: [
      `${report.players} players (${report.relayedPlayers} relayed), NATS killed ${report.natsKills} times in ${report.seconds} s`,
      `${events} events: ${eventsLost} lost, ${eventsDuplicated} doubled`,
      `${actions} actions: ${actionsLost} lost, ${actionsDuplicated} doubled`,
      `${socketsDropped} sockets dropped, ${epochsFallen} epochs fallen, ${report.ticksMissed} standstills`,
      ...problems,
    ],
  };
}
