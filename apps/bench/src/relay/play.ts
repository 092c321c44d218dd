import type { Measured, SeatClient } from "./seat-client.ts";

const TICK_MS = 1_000 / 30;
/** Each player acts once in so many of its ticks, not all in the same one. */
const ACTS_EVERY_TICKS = 8;

/** Everyone sends inputs at 30 Hz and acts now and then for so long, spread evenly over a tick as players are. */
export async function play(
  clients: readonly SeatClient[],
  forMs: number,
  measured?: Measured,
): Promise<void> {
  for (const client of clients) client.measured = measured;
  const startedMs = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedMs;
      const due = Math.floor((elapsedMs / TICK_MS) * clients.length);
      for (; sent < due; sent++) {
        const client = clients[sent % clients.length]!;
        client.input();
        if ((Math.floor(sent / clients.length) + sent) % ACTS_EVERY_TICKS === 0) client.act();
      }
      if (elapsedMs < forMs) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  for (const client of clients) {
    client.measured = undefined;
    if (!client.open) throw new Error("a socket was closed while it was measured");
  }
}
