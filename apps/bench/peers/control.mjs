// How a server's process is driven, over IPC: it says { port } when it listens, answers "counts" and "gc", and ends
// when whoever forked it is gone.
import { setTimeout as delay } from "node:timers/promises";

/** States sent to clients, one for each client; and ticks of all rooms. */
export const counts = { sent: 0, ticks: 0 };

/** Time for what a collection frees to be given back to the system, ms. */
const SETTLE_MS = 500;

export function listening(port) {
  if (!process.send) return console.log(`listening on ${port}`);
  process.on("disconnect", () => process.exit());
  process.on("message", async (asked) => {
    if (asked === "counts") process.send(counts);
    if (asked === "gc") process.send(await collected());
  });
  process.send({ port });
}

/** Needs `--expose-gc`; without it the figures are as they are. */
async function collected() {
  for (let i = 0; i < 2; i++) {
    global.gc?.();
    await delay(SETTLE_MS);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed };
}
