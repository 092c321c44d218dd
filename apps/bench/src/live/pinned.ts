import { fileURLToPath } from "node:url";

/** Servers have one core for themselves, the load generator another. */
export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;

/** Before a server's command line. */
export const PINNED: readonly string[] = ["taskset", "-c", String(SERVER_CORE)];

/** Compiled, also when this file is not. */
const GC_ON_SIGNAL = new URL("../../dist/live/gc-on-signal.js", import.meta.url);

/** What makes a Node process collect garbage on SIGUSR2. */
export const GC_NODE_OPTIONS = `--import=${GC_ON_SIGNAL}`;

/** Compiled, also when this file is not. */
export const LIVE_GAME = fileURLToPath(new URL("../../dist/live/live-game.js", import.meta.url));

/** Cores of one's own, /proc and epoll. Throws elsewhere. */
export function checkLinux(): void {
  if (process.platform !== "linux")
    throw new Error(
      `benchmarks on real sockets run on Linux only, because of taskset, /proc and epoll; this is ${process.platform}`,
    );
}
