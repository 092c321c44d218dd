import { coldStart } from "./cold-start.ts";
import { exitOnSignals } from "./exit-on-signals.ts";
import { killMatchmaker, verdictOnKillMatchmaker } from "./kill-matchmaker.ts";
import { killNats, verdictOnKillNats } from "./kill-nats.ts";
import { flag, inner, oneOf, someOf, whole } from "./option.ts";
import { CUT_KINDS } from "./partition/links.ts";
import { verdictOnPartition } from "./partition/partition.ts";
import { partitionInside, runPartition } from "./partition/partition-run.ts";
import { rollingRestart, verdictOnRollingRestart } from "./rolling-restart.ts";
import { type Scenario, scenario } from "./scenario.ts";

const seed = whole(1, 0, 2 ** 32 - 1);

/** By the name that `pnpm chaos` is told. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "kill-matchmaker": scenario({
    about: `Three matchmakers and two room-servers on a real nats-server. Players queue at --rate a second, cancel, repeat
themselves. Whoever decides is killed every 8 s, --kills times; any matchmaker every 5 s; some are stopped for 1 to
10 s. Then nobody comes any more, and within --quiet seconds every ticket has to end, once.`,
    options: { seed, kills: whole(30, 1, 1_000), rate: whole(100, 1, 2_000), quiet: whole(60, 5, 600) },
    async run({ seed, kills, rate, quiet }, say) {
      exitOnSignals();
      return verdictOnKillMatchmaker(
        await killMatchmaker({ seed, kills, ticketsPerSecond: rate, quietMs: quiet * 1_000, say }),
      );
    },
  }),

  "kill-nats": scenario({
    about: `Two matchmakers and three room-servers. --players play in rooms that tick: they number what they send, and check that
what they are told is numbered without a gap. NATS is killed --kills times and comes back after 0.5 to 5 s, sometimes
after 20 s; with --nats 3 it is three servers, and the leader of the log is killed. Nothing may be lost, doubled or
dropped. About five minutes.`,
    // A match is of four: a number that is no multiple would leave somebody waiting.
    options: { seed, kills: whole(24, 1, 1_000), players: whole(120, 4, 2_000, 4), nats: oneOf(1, 3) },
    async run(values, say) {
      exitOnSignals();
      return verdictOnKillNats(await killNats({ ...values, say }));
    },
  }),

  partition: scenario({
    about: `Three hosts as network namespaces, which takes root: NATS, and two with a matchmaker and a room-server each. Parts of
it cannot reach each other for 5 to --longest seconds, --cuts times; then ten seconds later all has to be as it was.
Rooms tick all the time. Without namespaces, or with --relays, relays on TCP cut instead. About six minutes.`,
    options: {
      seed,
      cuts: whole(CUT_KINDS.length, 1, 1_000),
      longest: whole(60, 5, 600),
      players: whole(24, 8, 1_000, 8),
      kind: someOf(CUT_KINDS, "node-nats,host"),
      relays: flag,
      inside: inner,
    },
    async run({ seed, cuts, longest, players, kind: kinds, relays, inside }, say) {
      const { env } = process;
      const options = { seed, cuts, cutMsMax: longest * 1_000, players, ...(kinds && { kinds }), env, say };
      // Who makes hosts has them to remove first.
      if (inside !== undefined) exitOnSignals();
      const ran =
        inside === undefined
          ? await runPartition(process.argv.slice(1), { ...options, relays })
          : await partitionInside(inside, options);
      return typeof ran === "number" ? ran : verdictOnPartition(ran);
    },
  }),

  "cold-start": scenario({
    about: `So many tickets wait, and so many came and went within the last two and a half minutes, as long as ended ones are
remembered; then the only matchmaker is killed, and the time is taken until a new one has read the log and answers.`,
    options: { open: whole(100_000, 1, 1_000_000), history: whole(60_000, 0, 10_000_000) },
    async run(values, say) {
      exitOnSignals();
      const report = await coldStart({ ...values, say });
      const { coldMs, open, records, lost } = report;
      const line = `ready after ${coldMs} ms with ${open} open tickets from ${records} records; lost ${lost}`;
      return { report, lines: [line], isWell: lost === 0 };
    },
  }),

  "rolling-restart": scenario({
    about: `Three matchmakers, two room-servers and three NATS servers. --bots play, leave and queue again while every matchmaker
and every NATS server is restarted, one after the other. Every request has to succeed within 3 tries and 10 s, and no
socket may be dropped.`,
    options: { seed, bots: whole(300, 2, 2_000) },
    async run(values, say) {
      exitOnSignals();
      return verdictOnRollingRestart(await rollingRestart({ ...values, say }));
    },
  }),
};
