import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: nobody takes one by chance while its process restarts. */
const PORTS = { first: 20_000, count: 12_000 };
const given = new Set<number>();

/** A port on loopback nobody listens on, for a process that must come back under the same address. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
