import { setTimeout as pause } from "node:timers/promises";
import { LEASE_TTL_MS } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { Prng } from "@warren/kernel";
import { Audit } from "../judges/audit.ts";
import { newTickets } from "../players/new-tickets.ts";
import { TallyPlayer } from "../players/tally-player.ts";
import type { Verdict } from "../scenario.ts";
import { CUT_KINDS, CUT_TEXT, type CutKind } from "./links.ts";
import { askNode, judgeNodes } from "./node-word.ts";
import { PartitionSite } from "./partition-site.ts";
import { type Layout, regionOf } from "./site-layout.ts";

/** Rooms wait for nobody; more than this is not the operating system's. */
const TICK_GAP_MS_MAX = 3_000;
const SEATED_MS = 60_000;
const CUT_MS_MIN = 5_000;
/** After healing, until everything has to be as it was. */
const HEALED_MS = 10_000;
const TICKETS_AFTER = 8;
const TICKETS_AFTER_MS = 20_000;
/** What is on its way when nodes are asked has come by then. */
const ASK_AGAIN_MS = 1_000;
const ASKED_MAX = 3;
const MOVE_MS = [3_000, 15_000] as const;
const FINISH_MS = 20_000;
/** As the queues match them; those who stay do so in groups, each on one host. */
const ROOM_PLAYERS = 4;
const hostOf = (player: number): number => Math.floor(player / ROOM_PLAYERS) % 2;
const SEATED_AGAIN_MS = 20_000;
/** A node that neither NATS nor a replica with NATS reaches for as long as a lease lives may be found dead. */
const FOUND_DEAD_MS_MIN = LEASE_TTL_MS.node;
const FOUND_DEAD_KINDS: ReadonlySet<CutKind> = new Set(["host", "lossy"]);

export interface PartitionOptions {
  readonly seed: number;
  readonly cuts: number;
  /** The longest cut; the shortest is 5 s. */
  readonly cutMsMax: number;
  /** Half of them stay where they are, the others queue again and again. */
  readonly players: number;
  /** What is cut, one after another. @default every kind in turn, in an order of the seed's */
  readonly kinds?: readonly CutKind[];
  /** Where programs and caches are found. */
  readonly env: NodeJS.ProcessEnv;
  /** For what NATS keeps; whoever names it removes it. */
  readonly folder: string;
  say(line: string): void;
}

export interface PartitionReport {
  readonly seed: number;
  readonly seconds: number;
  /** How it was cut: namespaces, or relays where those are refused. */
  readonly means: string;
  readonly cuts: number;
  readonly players: number;
  /** Times a player saw no newer tick for 3 s; players are never cut off. */
  readonly ticksMissed: number;
  /** States of a lower epoch that were applied after a higher. */
  readonly epochsFallen: number;
  /** Players with two playing seats, by the log's word at any time or by the nodes' ten seconds after healing. */
  readonly doubleSeats: number;
  /** Rooms that run on two nodes ten seconds after healing. */
  readonly roomsTwice: number;
  readonly socketsDropped: number;
  /** Times a player's room ended because its node was found dead, as it may be when cut off for long enough. */
  readonly roomsGivenUp: number;
  /** Seats players took in all. */
  readonly seats: number;
  /** Players whose socket is on the other host than their room. */
  readonly relayedPlayers: number;
  /** How often a matchmaker lost a room-server, or any of them NATS. */
  readonly linksLost: number;
  /** What went wrong, in words; empty: nothing. */
  readonly problems: readonly string[];
}

/** Players play on, and queue, while parts of the cluster cannot reach each other. */
export async function partition(layout: Layout, options: PartitionOptions): Promise<PartitionReport> {
  const { seed, say } = options;
  const startedAtMs = performance.now();
  const prng = new Prng(seed);
  const site = await PartitionSite.start(layout, options.folder, options.env);
  const audit = new Audit("mm.main.>");
  const cluster = await connectNats({ servers: layout.natsUrl, name: "audit" });
  const following = audit.follow(cluster.log);
  const problems: string[] = [];
  const doubled: string[] = [];
  const twice: string[] = [];
  const urls = layout.hosts.map(({ restUrl }) => restUrl);
  const crowd = new Crowd(urls, site.nodeUrls, new Prng(seed + 1), options.players);
  try {
    await crowd.sit();
    say(`${options.players} players sit; by ${layout.means}`);
    const kinds = options.kinds ?? shuffled(CUT_KINDS, prng);
    for (let cut = 0; cut < options.cuts; cut++) {
      const kind = kinds[cut % kinds.length] as CutKind;
      const host = prng.int(0, 1);
      const cutMs = prng.int(CUT_MS_MIN, options.cutMsMax);
      crowd.move(FOUND_DEAD_KINDS.has(kind) && cutMs >= FOUND_DEAD_MS_MIN ? host : undefined);
      await site.links.cut(kind, host);
      say(`cut ${cut + 1} of ${options.cuts}, host ${host}, ${cutMs} ms: ${CUT_TEXT[kind]}`);
      await pause(cutMs);
      await site.links.heal();
      const healedAtMs = performance.now();
      await crowd.rest(HEALED_MS);
      await pause(healedAtMs + HEALED_MS - performance.now());
      const word = await nodesWord(layout, audit, crowd.playerIds());
      const after = (what: string) => `after ${kind} of host ${host} for ${cutMs} ms: ${what}`;
      twice.push(...word.roomsTwice.map(after));
      doubled.push(...word.doubleSeats.map(after));
      problems.push(
        ...word.problems.map(after),
        ...(await newTickets(urls, new Prng(seed + cut), TICKETS_AFTER, TICKETS_AFTER_MS)).map(after),
        ...(await crowd.sitAgain()).map(after),
      );
    }
    say("healed for good; waiting for what is on its way");
    const ended = await crowd.finish();
    problems.push(...ended.problems);
    return {
      seed,
      seconds: Math.round((performance.now() - startedAtMs) / 1000),
      means: layout.means,
      cuts: options.cuts,
      players: options.players,
      ticksMissed: ended.ticksMissed,
      epochsFallen: ended.epochsFallen,
      doubleSeats: doubled.length + audit.broken.length,
      roomsTwice: twice.length,
      socketsDropped: ended.socketsDropped,
      roomsGivenUp: ended.roomsGivenUp,
      seats: crowd.seats,
      relayedPlayers: crowd.relayedPlayers,
      linksLost: site.linksLost,
      problems: [...twice, ...doubled, ...audit.broken, ...problems].slice(0, 20),
    };
  } finally {
    crowd.close();
    audit.close();
    await cluster.close();
    await following.catch(() => {});
    await site.close();
  }
}

/** Asks again while something is wrong: a seat that is being given back is there for a moment longer. */
async function nodesWord(layout: Layout, audit: Audit, players: readonly string[]) {
  for (let asked = 1; ; asked++) {
    try {
      const words = await Promise.all(layout.hosts.map(({ nodeAddress }) => askNode(nodeAddress, players)));
      const judged = judgeNodes(words, audit.seatOf);
      const isRight = judged.roomsTwice.length + judged.doubleSeats.length + judged.strays.length === 0;
      if (isRight || asked === ASKED_MAX) return { ...judged, problems: judged.strays };
    } catch (error) {
      if (asked === ASKED_MAX) return { roomsTwice: [], doubleSeats: [], problems: [String(error)] };
    }
    await pause(ASK_AGAIN_MS);
  }
}

/** Half of them stay in their room from beginning to end, on either host; the others queue again while they sit. */
class Crowd {
  readonly #stayers: readonly TallyPlayer[];
  readonly #movers: readonly TallyPlayer[];
  readonly #nodes: readonly string[];
  readonly #prng: Prng;
  /** Seats that were taken. */
  seats = 0;
  readonly #totals = { ticksMissed: 0, epochsFallen: 0, socketsDropped: 0, roomsGivenUp: 0 };
  readonly #problems: string[] = [];
  #moving: Promise<void>[] = [];
  #isMoving = false;
  /** The node that may have been found dead since the last cut. */
  #deadUrl: string | undefined;
  #abort = new AbortController();

  /** `nodes`: where players connect. One in four is with a node of its own choice, and perhaps relayed. */
  constructor(urls: readonly string[], nodes: readonly string[], prng: Prng, count: number) {
    const player = (i: number, latencies?: Record<string, number>) => {
      // Of those who stay it is the one their room is not on.
      const node = i % ROOM_PLAYERS === ROOM_PLAYERS - 1 ? nodes[1 - hostOf(i)] : undefined;
      return new TallyPlayer({
        urls,
        prng,
        tickGapMsMax: TICK_GAP_MS_MAX,
        route: (url) => node ?? url,
        mayEnd: (url) => url === this.#deadUrl,
        ...(latencies && { latencies }),
      });
    };
    this.#nodes = nodes;
    this.#prng = prng;
    this.#stayers = Array.from({ length: count / 2 }, (_, i) => player(i, { [regionOf(hostOf(i))]: 1 }));
    this.#movers = Array.from({ length: count / 2 }, (_, i) => player(i));
  }

  async sit(): Promise<void> {
    const signal = AbortSignal.timeout(SEATED_MS);
    await Promise.all(this.#stayers.map((player) => player.sit(signal)));
    await Promise.all(this.#movers.map((player) => player.sit(signal)));
    this.seats = this.#stayers.length + this.#movers.length;
  }

  get relayedPlayers(): number {
    return [...this.#stayers, ...this.#movers].filter(({ seat }) => seat?.relayed).length;
  }

  playerIds(): string[] {
    return [...this.#stayers, ...this.#movers].flatMap(({ seat }) => (seat ? [seat.room.playerId] : []));
  }

  /** The movers begin to queue, each in its own time, until {@link rest}. `dead`: host whose rooms may end. */
  move(dead: number | undefined): void {
    this.#deadUrl = dead === undefined ? undefined : this.#nodes[dead];
    this.#isMoving = true;
    this.#abort = new AbortController();
    this.#moving = this.#movers.map((player) => this.#keepMoving(player));
  }

  async #keepMoving(player: TallyPlayer): Promise<void> {
    while (this.#isMoving) {
      const before = player.seat;
      // Nobody is told of a room while its node or NATS cannot be reached: a page would try again as well.
      await player.sit(this.#abort.signal).then(
        () => {
          this.seats++;
          if (before) this.#count(before);
        },
        () => pause(500),
      );
      const untilMs = performance.now() + this.#prng.int(...MOVE_MS);
      while (this.#isMoving && performance.now() < untilMs) await pause(100);
    }
  }

  /** Nobody queues any more; who still waits after half of the time stops waiting. */
  async rest(withinMs: number): Promise<void> {
    this.#isMoving = false;
    const timer = setTimeout(() => this.#abort.abort(), withinMs / 2);
    await Promise.all(this.#moving);
    clearTimeout(timer);
    this.#moving = [];
  }

  /** Those who stay and have lost their room get another, all of them. Answers what went wrong. */
  async sitAgain(): Promise<string[]> {
    const signal = AbortSignal.timeout(SEATED_AGAIN_MS);
    const groups = Array.from({ length: this.#stayers.length / ROOM_PLAYERS }, (_, group) =>
      this.#stayers.slice(group * ROOM_PLAYERS, (group + 1) * ROOM_PLAYERS),
    );
    const without = groups.filter((group) => group.some(({ seat }) => seat?.hasLostRoom));
    const sat = await Promise.allSettled(
      without.flat().map(async (player) => {
        const before = player.seat;
        await player.sit(signal);
        this.seats++;
        if (before) this.#count(before);
      }),
    );
    return sat.flatMap((each) => (each.status === "rejected" ? [`no seat again: ${each.reason}`] : []));
  }

  /** Who is relayed is cut off with the node that passes things on: its session may end, and go on anew. */
  #count(seat: NonNullable<TallyPlayer["seat"]>): void {
    if (seat.hasLostRoom) this.#totals.roomsGivenUp++;
    const { ticksMissed, epochsFallen, socketsDropped, problems } = seat.watched();
    this.#totals.epochsFallen += epochsFallen;
    if (seat.relayed) return;
    this.#totals.ticksMissed += ticksMissed;
    this.#totals.socketsDropped += socketsDropped;
    this.#problems.push(...problems);
  }

  async finish() {
    const stayers = this.#stayers.flatMap(({ seat }) => (seat && !seat.relayed ? [seat] : []));
    const reports = await Promise.all(stayers.map((seat) => seat.finish(FINISH_MS)));
    for (const { seat } of [...this.#stayers, ...this.#movers]) if (seat) this.#count(seat);
    const total = (of: (report: (typeof reports)[number]) => number) =>
      reports.reduce((sum, report) => sum + of(report), 0);
    const counts = {
      "events lost": total((report) => report.eventsLost),
      "events doubled": total((report) => report.eventsDuplicated),
      "actions lost": total((report) => report.actionsLost),
      "actions doubled": total((report) => report.actionsDuplicated),
    };
    const harm = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
    return { ...this.#totals, problems: [...harm, ...this.#problems] };
  }

  close(): void {
    this.#isMoving = false;
    this.#abort.abort();
    for (const { seat } of [...this.#stayers, ...this.#movers]) {
      seat?.close();
      void seat?.room.leave();
    }
  }
}

function shuffled<T>(list: readonly T[], prng: Prng): T[] {
  return list
    .map((item) => ({ item, at: prng.float() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Well: nothing stood still, fell back, or was there twice. */
export function verdictOnPartition(report: PartitionReport): Verdict {
  const { ticksMissed, epochsFallen, doubleSeats, roomsTwice, problems } = report;
  return {
    report,
    isWell: ticksMissed + epochsFallen + doubleSeats + roomsTwice + problems.length === 0,
    lines: [
      `${report.cuts} cuts in ${report.seconds} s by ${report.means}, ${report.players} players`,
      `${ticksMissed} standstills, ${epochsFallen} epochs fallen, ${report.socketsDropped} sockets dropped`,
      `${report.seats} seats taken, links lost ${report.linksLost} times, ${report.relayedPlayers} players relayed`,
      `${doubleSeats} players with two seats, ${roomsTwice} rooms twice`,
      `${report.roomsGivenUp} players lost a room whose node was found dead`,
      ...problems,
    ],
  };
}
