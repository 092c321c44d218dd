import { setTimeout as pause } from "node:timers/promises";
import {
  findNatsServer,
  type RunningNatsServer,
  type StartNatsServerOptions,
  startNatsServer,
} from "@warren/cluster/nats-server";

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const HEALTH_TIMEOUT_MS = 2_000;

/** Of the one a testbed starts; undefined: it would have to be fetched first. */
export async function natsServerVersion(): Promise<string | undefined> {
  return (await findNatsServer({ env: process.env }))?.version;
}

/** One NATS server of the testbed. It may be stopped and started again: same port, same data. */
export class NatsMember {
  readonly url: string;
  readonly #options: StartNatsServerOptions;
  #server: RunningNatsServer;

  private constructor(options: StartNatsServerOptions, server: RunningNatsServer) {
    this.#options = { ...options, port: server.port };
    this.#server = server;
    this.url = server.url;
  }

  static async start(options: StartNatsServerOptions): Promise<NatsMember> {
    const asked = { ...options, monitor: true };
    return new NatsMember(asked, await startNatsServer(asked));
  }

  /** Of the present process. */
  get pid(): number {
    return this.#server.pid;
  }

  /** Of the present process; answers what `/jsz` and the like ask. */
  get monitorUrl(): string | undefined {
    return this.#server.monitorUrl;
  }

  signal(signal: NodeJS.Signals): void {
    this.#server.kill(signal);
  }

  /**
   * Ends it by this signal and starts it again; resolves when it has caught up with the other servers. A signal it
   * may not die of at once (SIGTERM) is waited for.
   */
  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.end(signal);
    await this.resume();
    await this.healthy();
  }

  /** Ends it by this signal; nobody listens on its port until {@link resume}. */
  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#server.kill(signal);
    // A process that was stopped would never die of anything else.
    if (signal !== "SIGKILL") this.#server.kill("SIGCONT");
    await this.#server.exited;
  }

  /** Starts it again after {@link end}; resolves when it takes connections. */
  async resume(): Promise<void> {
    this.#server = await startNatsServer(this.#options);
  }

  /** Resolves when the server says that it has all the cluster has. */
  async healthy(): Promise<void> {
    const untilMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const said = await this.#health();
      if (said === undefined) return;
      if (performance.now() > untilMs)
        throw new Error(`${this.url} was not healthy in ${READY_TIMEOUT_MS} ms: ${said}`);
      await pause(READY_POLL_MS);
    }
  }

  /** Undefined when all is well, else what it said. */
  async #health(): Promise<string | undefined> {
    try {
      const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
      const response = await fetch(`${this.#server.monitorUrl}/healthz`, { signal });
      const text = await response.text();
      return response.ok ? undefined : text;
    } catch (error) {
      return String(error);
    }
  }

  async stop(): Promise<void> {
    this.#server.kill("SIGCONT");
    await this.#server.stop();
  }
}
