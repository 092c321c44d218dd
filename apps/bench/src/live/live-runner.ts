import type { Figures, Runner } from "../benchmark.ts";
import { Generator } from "./generator.ts";
import type { LiveServer, LiveServerOptions } from "./live-server.ts";
import { PeerServer } from "./peer-server.ts";
import { GENERATOR_CORE } from "./pinned.ts";
import { WarrenServer } from "./warren-server.ts";

/** A server, and who plays at it; in most benchmarks its clients sit there for one round. */
export interface Live {
  readonly server: LiveServer;
  readonly generator: Generator;
}

/** The server of a subject: Warren's, or the peer of that name. */
export function startServer(subject: string, options: LiveServerOptions): Promise<LiveServer> {
  return subject === "ours" ? WarrenServer.start(options) : PeerServer.start(subject, options);
}

/** A server and a load generator. */
export async function startLive(subject: string, options: LiveServerOptions): Promise<Live> {
  const server = await startServer(subject, options);
  try {
    return { server, generator: await Generator.start({ protocol: server.protocol, core: GENERATOR_CORE }) };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Ends both. */
export async function endLive({ server, generator }: Live): Promise<void> {
  await generator.end();
  await server.close();
}

/** A server and a load generator that stay for all rounds; whose clients come and go is the round's own business. */
export async function runnerOf(options: {
  subject: string;
  server: LiveServerOptions;
  /** Before the first round. */
  warmUp?: (live: Live) => Promise<void>;
  measure: (live: Live) => Promise<Figures>;
}): Promise<Runner> {
  const live = await startLive(options.subject, options.server);
  try {
    await options.warmUp?.(live);
  } catch (error) {
    await endLive(live);
    throw error;
  }
  return {
    round: () => options.measure(live),
    close: () => endLive(live),
  };
}

/**
 * A server and a load generator that stay for all rounds. Each round its clients come and leave again, so that between
 * rounds nobody is connected and an idle server costs those that are measured nothing.
 */
export function liveRunner(options: {
  subject: string;
  server: LiveServerOptions;
  clients: number;
  /** In the first round: with clients, until code is compiled. */
  warmUp: (seated: Live) => Promise<unknown>;
  measure: (seated: Live) => Promise<Figures>;
}): Promise<Runner> {
  const { subject, clients } = options;
  let isWarm = false;
  return runnerOf({
    subject,
    server: options.server,
    async measure(live) {
      const { server, generator } = live;
      await generator.open(server.port, await server.requests(clients));
      if (!isWarm) await options.warmUp(live);
      isWarm = true;
      const figures = await options.measure(live);
      await generator.leave();
      return figures;
    },
  });
}
