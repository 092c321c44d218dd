import { parseArgs } from "node:util";
import { coldStart } from "./cold-start.ts";
import { exitOnSignals } from "./exit-on-signals.ts";
import { type KillMatchmakerReport, killMatchmaker } from "./kill-matchmaker.ts";
import { isUnharmed, type KillNatsReport, killNats } from "./kill-nats.ts";
import { CUT_KINDS, type CutKind } from "./links.ts";
import { isWhole, type PartitionReport } from "./partition.ts";
import { partitionInside, runPartition } from "./partition-run.ts";
import { rollingRestart, textOfRollingRestart } from "./rolling-restart.ts";

const HELP = `pnpm chaos kill-matchmaker [--seed 1] [--json] [--kills 30] [--rate 100] [--quiet 60]

  Three matchmakers and two room-servers on a real nats-server. Players queue at --rate a second, cancel, repeat
  themselves. Whoever decides is killed every 8 s, --kills times; any matchmaker every 5 s; some are stopped for 1 to
  10 s. Then nobody comes any more, and within --quiet seconds every ticket has to end, once.
pnpm chaos kill-nats [--seed 1] [--json] [--kills 24] [--players 120] [--nats 1]

  Two matchmakers and three room-servers. --players play in rooms that tick: they number what they send, and check that
  what they are told is numbered without a gap. NATS is killed --kills times and comes back after 0.5 to 5 s, sometimes
  after 20 s; with --nats 3 it is three servers, and the leader of the log is killed. Nothing may be lost, doubled or
  dropped. About five minutes.
pnpm chaos partition [--seed 1] [--json] [--cuts 8] [--longest 60] [--players 24] [--kind node-nats,host] [--relays]

  Three hosts as network namespaces, which takes root: NATS, and two with a matchmaker and a room-server each. Parts of
  it cannot reach each other for 5 to --longest seconds, --cuts times; then ten seconds later all has to be as it was.
  Rooms tick all the time. Without namespaces, or with --relays, relays on TCP cut instead. About six minutes.
pnpm chaos cold-start [--json] [--open 100000] [--history 60000]

  So many tickets wait, and so many came and went within the last two and a half minutes, as long as ended ones are
  remembered; then the only matchmaker is killed, and the time is taken until a new one has read the log and answers.
pnpm chaos rolling-restart [--seed 1] [--json] [--bots 300]

  Three matchmakers, two room-servers and three NATS servers. --bots play, leave and queue again while every matchmaker
  and every NATS server is restarted, one after the other. Every request has to succeed within 3 tries and 10 s, and no
  socket may be dropped.
`;

function whole(name: string, text: string | undefined, otherwise: number, min: number, max: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${name} is ${text}; accepted: a whole number from ${min} to ${max}`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string" },
      kills: { type: "string" },
      rate: { type: "string" },
      players: { type: "string" },
      nats: { type: "string" },
      cuts: { type: "string" },
      longest: { type: "string" },
      kind: { type: "string" },
      relays: { type: "boolean", default: false },
      inside: { type: "string" },
      quiet: { type: "string" },
      open: { type: "string" },
      bots: { type: "string" },
      history: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [scenario] = positionals;
  if (values.help || scenario === undefined) return void process.stdout.write(HELP);
  // Who makes hosts has them to remove first.
  if (scenario !== "partition" || values.inside !== undefined) exitOnSignals();
  const say = (line: string) => void process.stderr.write(`chaos: ${line}\n`);
  if (scenario === "cold-start") {
    const report = await coldStart({
      open: whole("open", values.open, 100_000, 1, 1_000_000),
      history: whole("history", values.history, 60_000, 0, 10_000_000),
      say,
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify(report)}\n`
        : `ready after ${report.coldMs} ms with ${report.open} open tickets from ${report.records} records; lost ${report.lost}\n`,
    );
    if (report.lost !== 0) process.exitCode = 1;
    return;
  }
  if (scenario === "rolling-restart") {
    const report = await rollingRestart({
      seed: whole("seed", values.seed, 1, 0, 2 ** 32 - 1),
      bots: whole("bots", values.bots, 300, 2, 2_000),
      say,
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOfRollingRestart(report));
    const { failed, socketsDropped, actionsWrong, eventsWrong, problems } = report;
    if (failed + socketsDropped + actionsWrong + eventsWrong + problems.length > 0) process.exitCode = 1;
    return;
  }
  if (scenario === "kill-nats") {
    const { nats = "1" } = values;
    if (nats !== "1" && nats !== "3") throw new Error(`--nats is ${nats}; accepted: 1 or 3`);
    const report = await killNats({
      seed: whole("seed", values.seed, 1, 0, 2 ** 32 - 1),
      kills: whole("kills", values.kills, 24, 1, 1_000),
      players: players(values.players, 120, 4, 2_000),
      nats: nats === "3" ? 3 : 1,
      say,
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOfNats(report));
    if (!isUnharmed(report)) process.exitCode = 1;
    return;
  }
  if (scenario === "partition") {
    const kinds = values.kind === undefined ? undefined : cutKinds(values.kind);
    const options = {
      seed: whole("seed", values.seed, 1, 0, 2 ** 32 - 1),
      cuts: whole("cuts", values.cuts, CUT_KINDS.length, 1, 1_000),
      cutMsMax: whole("longest", values.longest, 60, 5, 600) * 1_000,
      players: players(values.players, 24, 8, 1_000),
      ...(kinds && { kinds }),
      env: process.env,
      say,
    };
    const ran =
      values.inside === undefined
        ? await runPartition(process.argv.slice(1), { ...options, relays: values.relays })
        : await partitionInside(values.inside, options);
    if (typeof ran === "number") {
      process.exitCode = ran;
      return;
    }
    process.stdout.write(values.json ? `${JSON.stringify(ran)}\n` : textOfPartition(ran));
    if (!isWhole(ran)) process.exitCode = 1;
    return;
  }
  if (scenario !== "kill-matchmaker")
    throw new Error(
      `there is no scenario ${scenario}; accepted: kill-matchmaker, kill-nats, partition, rolling-restart, cold-start`,
    );
  const report = await killMatchmaker({
    seed: whole("seed", values.seed, 1, 0, 2 ** 32 - 1),
    kills: whole("kills", values.kills, 30, 1, 1_000),
    ticketsPerSecond: whole("rate", values.rate, 100, 1, 2_000),
    quietMs: whole("quiet", values.quiet, 60, 5, 600) * 1_000,
    say,
  });
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : text(report));
  if (report.lost > 0 || report.doubleAssigned > 0 || report.problems.length > 0) process.exitCode = 1;
}

function text(report: KillMatchmakerReport): string {
  const { takeoverMs, problems } = report;
  const lines = [
    `${report.tickets} tickets in ${report.seconds} s: ${report.assigned} assigned, ${report.cancelled} cancelled, ${report.expired} expired`,
    `lost ${report.lost}, in two matches ${report.doubleAssigned}`,
    `${report.deciderKills} deciders and ${report.replicaKills} others killed, ${report.stops} stopped for a while`,
    `from the kill to the next decision: p50 ${takeoverMs.p50} ms, p99 ${takeoverMs.p99} ms, most ${takeoverMs.max} ms`,
    ...problems,
  ];
  return `${lines.join("\n")}\n`;
}

/** A match is of four, so that a number that is no multiple would leave somebody waiting. */
function players(text: string | undefined, otherwise: number, multipleOf: number, max: number): number {
  const value = whole("players", text, otherwise, multipleOf, max);
  if (value % multipleOf === 0) return value;
  throw new Error(`--players is ${text}; accepted: a multiple of ${multipleOf}`);
}

function cutKinds(text: string): CutKind[] {
  const kinds = text.split(",").filter((kind): kind is CutKind => CUT_KINDS.some((known) => known === kind));
  if (kinds.length === text.split(",").length) return kinds;
  throw new Error(`--kind is ${text}; accepted: ${CUT_KINDS.join(", ")}, with commas between`);
}

function textOfPartition(report: PartitionReport): string {
  const lines = [
    `${report.cuts} cuts in ${report.seconds} s by ${report.means}, ${report.players} players`,
    `${report.ticksMissed} standstills, ${report.epochsFallen} epochs fallen, ${report.socketsDropped} sockets dropped`,
    `${report.seats} seats taken, links lost ${report.linksLost} times, ${report.relayedPlayers} players relayed`,
    `${report.doubleSeats} players with two seats, ${report.roomsTwice} rooms twice`,
    `${report.roomsGivenUp} players lost a room whose node was found dead`,
    ...report.problems,
  ];
  return `${lines.join("\n")}\n`;
}

function textOfNats(report: KillNatsReport): string {
  const lines = [
    `${report.players} players (${report.relayedPlayers} relayed), NATS killed ${report.natsKills} times in ${report.seconds} s`,
    `${report.events} events: ${report.eventsLost} lost, ${report.eventsDuplicated} doubled`,
    `${report.actions} actions: ${report.actionsLost} lost, ${report.actionsDuplicated} doubled`,
    `${report.socketsDropped} sockets dropped, ${report.epochsFallen} epochs fallen, ${report.ticksMissed} standstills`,
    ...report.problems,
  ];
  return `${lines.join("\n")}\n`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
