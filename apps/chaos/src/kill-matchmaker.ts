import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Cluster } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { Prng } from "@warren/kernel";
import { type Member, Testbed } from "@warren/testbed";
import { Audit } from "./judges/audit.ts";
import { type Outcome, Player } from "./players/player.ts";
import type { Verdict } from "./scenario.ts";

const GAME = fileURLToPath(new URL("./game.js", import.meta.url));
const RECORDS = "mm.main.>";
const DECIDER_KILL_MS = 8_000;
const REPLICA_KILL_MS = 5_000;
const STOP_EVERY_MS = 7_000;
const STOPPED_MS = [1_000, 10_000] as const;

export interface KillMatchmakerOptions {
  readonly seed: number;
  /** Deciders to kill. */
  readonly kills: number;
  readonly ticketsPerSecond: number;
  /** After the last fault, everything has to end in this time. */
  readonly quietMs: number;
  say(line: string): void;
}

interface KillMatchmakerReport {
  readonly seed: number;
  readonly seconds: number;
  readonly tickets: number;
  readonly assigned: number;
  readonly cancelled: number;
  readonly expired: number;
  /** Accepted, and then nobody knew how they ended, or they never did. */
  readonly lost: number;
  /** In two matches, by the log or by what players were told; or another rule of the log broken. */
  readonly doubleAssigned: number;
  readonly deciderKills: number;
  readonly replicaKills: number;
  readonly stops: number;
  /** From the kill of a decider to the first decision of the next, ms. */
  readonly takeoverMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** What went wrong, in words; empty: nothing. */
  readonly problems: readonly string[];
}

/** Three matchmakers on a real nats-server; whoever decides is killed again and again while players queue. */
export async function killMatchmaker(options: KillMatchmakerOptions): Promise<KillMatchmakerReport> {
  const { say } = options;
  const startedAtMs = performance.now();
  const prng = new Prng(options.seed);
  const testbed = await Testbed.start({
    matchmakers: 3,
    rooms: 2,
    game: GAME,
    env: { WARREN_ROOMS_MAX: "20000" },
  });
  const audit = new Audit(RECORDS);
  let cluster: Cluster | undefined;
  let following: Promise<void> | undefined;
  try {
    cluster = await connectNats({ servers: testbed.natsUrl, name: "audit" });
    following = audit.follow(cluster.log);
    const faults = new Faults(testbed.matchmakers, audit, prng);
    const load = new Load(testbed.matchmakers, prng, options.ticketsPerSecond);
    say(`three matchmakers are up; ${options.ticketsPerSecond} tickets/s from now on`);
    await faults.run(options.kills, say);
    say(`no more faults; ${options.quietMs / 1000} s for everything to end`);
    const outcomes = await load.finish(options.quietMs);
    // Everything the log has by now.
    const last = await cluster.log.last(RECORDS);
    while (audit.seq < (last?.seq ?? 0)) await pause(20);
    return reportOf(
      options,
      audit,
      faults,
      outcomes,
      load.problems,
      (performance.now() - startedAtMs) / 1000,
    );
  } finally {
    audit.close();
    await cluster?.close();
    await testbed.close();
    await following;
  }
}

/** Players who come at a steady rate. */
class Load {
  readonly problems: string[] = [];
  readonly #playing: Promise<void>[] = [];
  readonly #outcomes: { readonly outcome: Outcome; readonly player: Player }[] = [];
  readonly #urls: readonly string[];
  readonly #prng: Prng;
  readonly #timer: NodeJS.Timeout;
  #untilMs = Number.POSITIVE_INFINITY;

  constructor(matchmakers: readonly Member[], prng: Prng, perSecond: number) {
    this.#urls = matchmakers.map(({ url }) => url);
    this.#prng = prng;
    const startedAtMs = performance.now();
    let come = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000);
      for (; come < due; come++) this.#comes();
    }, 20);
  }

  #comes(): void {
    const prng = this.#prng;
    const player = new Player(this.#urls, prng, () => this.#untilMs);
    const plan = {
      queue: prng.pick(["pair", "pair", "squad"]),
      twice: prng.int(0, 9) === 0,
      cancelAfterMs: prng.int(0, 6) === 0 ? prng.int(0, 2_000) : undefined,
    };
    const playing = player.queue(plan).then(
      (outcome) => void this.#outcomes.push({ outcome, player }),
      (error: unknown) => void this.problems.push(String(error)),
    );
    this.#playing.push(playing);
  }

  /** Nobody comes any more; waits until everyone's ticket has ended, and asks another matchmaker whether it agrees. */
  async finish(quietMs: number): Promise<Outcome[]> {
    clearInterval(this.#timer);
    this.#untilMs = performance.now() + quietMs;
    await Promise.all(this.#playing);
    // The last ones are still remembered.
    for (const { outcome, player } of this.#outcomes.slice(-200)) {
      if (outcome.end === "lost") continue;
      this.#untilMs = performance.now() + 10_000;
      const status = await player.statusOf(outcome.ticketId).catch(String);
      if (status !== outcome.end)
        this.problems.push(`${outcome.ticketId} was ${outcome.end}, and another matchmaker says ${status}`);
    }
    return this.#outcomes.map(({ outcome }) => outcome);
  }
}

/** Kills and stops matchmakers; those that were killed start again at once. */
class Faults {
  deciderKills = 0;
  replicaKills = 0;
  stops = 0;
  /** Epoch that was killed, and when, by the wall clock the log has too. */
  readonly killed: { readonly epoch: number; readonly atMs: number }[] = [];
  readonly #members: readonly Member[];
  readonly #audit: Audit;
  readonly #prng: Prng;
  readonly #restarting = new Map<Member, Promise<void>>();

  constructor(members: readonly Member[], audit: Audit, prng: Prng) {
    this.#members = members;
    this.#audit = audit;
    this.#prng = prng;
  }

  async run(kills: number, say: (line: string) => void): Promise<void> {
    const stops = setInterval(() => this.#stop(), STOP_EVERY_MS);
    const others = setInterval(() => {
      const member = this.#prng.pick(this.#members);
      if (this.#restarting.has(member)) return;
      this.replicaKills++;
      this.#kill(member);
    }, REPLICA_KILL_MS);
    try {
      for (let nextMs = performance.now(); this.deciderKills < kills; ) {
        nextMs = Math.max(nextMs + DECIDER_KILL_MS, performance.now());
        await pause(nextMs - performance.now());
        while (!this.#killDecider()) await pause(50);
        const { epoch } = this.killed.at(-1)!;
        say(`killed decider ${this.deciderKills} of ${kills}, epoch ${epoch}`);
      }
    } finally {
      clearInterval(stops);
      clearInterval(others);
    }
    while (this.#restarting.size > 0) await Promise.all(this.#restarting.values());
    for (const member of this.#members) member.signal("SIGCONT");
  }

  /** False when nobody is known to decide right now. */
  #killDecider(): boolean {
    const reign = this.#audit.reign;
    const member = this.#members.find(({ id }) => id !== undefined && id === reign?.replicaId);
    if (!reign || !member || this.#restarting.has(member)) return false;
    this.deciderKills++;
    this.#kill(member);
    return true;
  }

  #kill(member: Member): void {
    const reign = this.#audit.reign;
    if (reign && member.id === reign.replicaId) this.killed.push({ epoch: reign.epoch, atMs: Date.now() });
    const restarting = member.restart("SIGKILL").finally(() => this.#restarting.delete(member));
    this.#restarting.set(member, restarting);
  }

  #stop(): void {
    const member = this.#prng.pick(this.#members);
    if (this.#restarting.has(member)) return;
    this.stops++;
    member.signal("SIGSTOP");
    setTimeout(() => member.signal("SIGCONT"), this.#prng.int(...STOPPED_MS));
  }
}

function reportOf(
  { seed }: KillMatchmakerOptions,
  audit: Audit,
  faults: Faults,
  outcomes: readonly Outcome[],
  told: readonly string[],
  seconds: number,
): KillMatchmakerReport {
  const count = (end: Outcome["end"]) => outcomes.filter((outcome) => outcome.end === end).length;
  const problems = [...told, ...audit.broken];
  let lost = count("lost");
  let doubleAssigned = audit.broken.length;
  for (const { ticketId, end, matchId, matches } of outcomes) {
    const seen = audit.tickets.get(ticketId);
    if (matches > 1) doubleAssigned++;
    if (end === "lost") problems.push(`${ticketId} is lost; the log says ${seen?.status ?? "nothing of it"}`);
    else if (seen?.status !== end) {
      lost++;
      problems.push(`${ticketId} was told ${end}; the log says ${seen?.status ?? "nothing of it"}`);
    } else if (end === "assigned" && seen.matchId !== matchId) {
      doubleAssigned++;
      problems.push(`${ticketId} was told ${matchId}; the log says ${seen.matchId}`);
    }
  }
  // Also those whose player never learned the id.
  const unended = [...audit.tickets].filter(([, { status }]) => status === "open" || status === "placing");
  for (const [id, { status }] of unended) problems.push(`${id} is still ${status}`);
  lost += unended.length;
  const takeovers = faults.killed.flatMap(({ epoch, atMs }) => {
    const next = audit.reigns.find((reign) => reign.epoch > epoch && reign.firstDecisionAtMs !== undefined);
    return next?.firstDecisionAtMs === undefined ? [] : [Math.max(0, next.firstDecisionAtMs - atMs)];
  });
  if (takeovers.length < faults.killed.length) problems.push("after a kill nobody decided any more");
  takeovers.sort((a, b) => a - b);
  const quantile = (share: number) =>
    takeovers[Math.min(takeovers.length - 1, Math.floor(takeovers.length * share))] ?? 0;
  return {
    seed,
    seconds: Math.round(seconds),
    tickets: audit.tickets.size,
    assigned: count("assigned"),
    cancelled: count("cancelled"),
    expired: count("expired"),
    lost,
    doubleAssigned,
    deciderKills: faults.deciderKills,
    replicaKills: faults.replicaKills,
    stops: faults.stops,
    takeoverMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    problems: problems.slice(0, 20),
  };
}

export function verdictOnKillMatchmaker(report: KillMatchmakerReport): Verdict {
  const { takeoverMs, lost, doubleAssigned, problems } = report;
  return {
    report,
    isWell: lost + doubleAssigned + problems.length === 0,
    lines: [
      `${report.tickets} tickets in ${report.seconds} s: ${report.assigned} assigned, ${report.cancelled} cancelled, ${report.expired} expired`,
      `lost ${lost}, in two matches ${doubleAssigned}`,
      `${report.deciderKills} deciders and ${report.replicaKills} others killed, ${report.stops} stopped for a while`,
      `from the kill to the next decision: p50 ${takeoverMs.p50} ms, p99 ${takeoverMs.p99} ms, most ${takeoverMs.max} ms`,
      ...problems,
    ],
  };
}
