import type { Figures, Runner } from "../benchmark.ts";
import { Generator } from "./generator.ts";
import type { LiveServer, LiveServerOptions } from "./live-server.ts";
import { PeerServer } from "./peer-server.ts";
import { GENERATOR_CORE } from "./pinned.ts";
import { WarrenServer } from "./warren-server.ts";

/** Clients that sit at a server; they are there for one round. */
export interface Seated {
  readonly server: LiveServer;
  readonly generator: Generator;
}

/** The server of a subject: Warren's, or the peer of that name. */
export function startServer(subject: string, options: LiveServerOptions): Promise<LiveServer> {
  return subject === "ours" ? WarrenServer.start(options) : PeerServer.start(subject, options);
}

/**
 * A server and a load generator that stay for all rounds. Each round its clients come and leave again, so that between
 * rounds nobody is connected and an idle server costs those that are measured nothing.
 */
export async function liveRunner(options: {
  subject: string;
  server: LiveServerOptions;
  clients: number;
  /** Before the first round: with clients, until code is compiled. */
  warmUp: (seated: Seated) => Promise<unknown>;
  measure: (seated: Seated) => Promise<Figures>;
}): Promise<Runner> {
  const server = await startServer(options.subject, options.server);
  let generator: Generator;
  try {
    generator = await Generator.start({ protocol: server.protocol, core: GENERATOR_CORE });
  } catch (error) {
    await server.close();
    throw error;
  }
  let isWarm = false;
  return {
    async round() {
      await generator.open(server.port, await server.requests(options.clients));
      if (!isWarm) await options.warmUp({ server, generator });
      isWarm = true;
      const figures = await options.measure({ server, generator });
      await generator.leave();
      return figures;
    },
    async close() {
      await generator.end();
      await server.close();
    },
  };
}
