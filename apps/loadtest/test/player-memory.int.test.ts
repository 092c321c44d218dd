import { fileURLToPath } from "node:url";
import { Member } from "@warren/testbed";
import { type Launched, launch } from "@warren/testkit";
import { expect, it } from "vitest";

const PLAYERS = 1_000;
const BYTES_MAX = 64 * 1024;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

it("a virtual player takes less than 64 KB, measured at 1,000 of them", async () => {
  const server = await Member.start(["dev", path("./quiet-game.mjs")], {
    WARREN_HTTP_PORT: "0",
    WARREN_ROOMS_PORT: "0",
    WARREN_ADMIN_PORT: "0",
    WARREN_GRPC_PORT: "0",
    WARREN_LOG_LEVEL: "warn",
  });
  let process: Launched | undefined;
  try {
    const script = [
      "--expose-gc",
      // How much room a process has for what is young depends on how busy it was, and is not of a player.
      "--max-semi-space-size=1",
      path("./player-memory.mjs"),
      server.url,
      path("./quiet-game.mjs"),
      `${PLAYERS}`,
    ];
    process = launch(globalThis.process.execPath, script);
    const [line = ""] = await process.said(/^\{.*\}$/m, 90_000);
    const { heapBytes, rssBytes } = JSON.parse(line) as { heapBytes: number; rssBytes: number };
    console.info(`a player: ${heapBytes} bytes of heap and buffers, ${rssBytes} of RSS`);
    expect(heapBytes).toBeLessThan(BYTES_MAX);
    expect(rssBytes).toBeLessThan(BYTES_MAX);
    await process.exited;
  } finally {
    await process?.end("SIGKILL");
    await server.stop();
  }
}, 120_000);
