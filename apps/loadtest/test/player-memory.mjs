// How much memory a virtual player takes, in a process of its own. Prints { heapBytes, rssBytes } per player.
import { Generator } from "../dist/run/generator.js";
import { loadGame } from "../dist/run/load-module.js";

const [url, gamePath, count] = process.argv.slice(2);
const PLAYERS = Number(count);

const game = await loadGame(gamePath);
const before = memory();
let playing = 0;
const scenario = {
  about: "seated",
  async player(p) {
    const seat = await p.sit(await p.queue("queue"));
    playing++;
    await p.play(seat, { forMs: 600_000 });
  },
};
const generator = new Generator({
  plan: {
    url,
    scenario: { name: "seated" },
    gamePath,
    queues: ["queue"],
    arrivals: { players: PLAYERS, rampMs: PLAYERS * 5 },
    durationMs: 600_000,
    seed: 1,
  },
  share: { index: 0, count: 1 },
  scenario,
  game,
  startMs: performance.now(),
  onPart: () => {
    if (playing < PLAYERS) return;
    const now = memory();
    process.stdout.write(
      `${JSON.stringify({
        heapBytes: Math.round((now.heap - before.heap) / PLAYERS),
        rssBytes: Math.round((now.rss - before.rss) / PLAYERS),
      })}\n`,
    );
    generator.stop();
  },
  onScenarioError: (message) => process.stderr.write(`${message}\n`),
});
await generator.run();

function memory() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
