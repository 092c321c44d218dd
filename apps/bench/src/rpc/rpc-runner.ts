import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { CALLERS, type Caller } from "./callers.ts";
import { COMMAND } from "./messages.ts";

/** Compiled, also when this file is not. */
const SERVER = fileURLToPath(new URL("../../dist/rpc/server.js", import.meta.url));

/** Calls from this process to a server in one of its own, so many under way at any time. */
export class RpcRunner implements Runner {
  readonly #server: ChildProcess;
  readonly #caller: Caller;
  readonly #inFlight: number;
  readonly #roundMs: number;

  private constructor(server: ChildProcess, caller: Caller, inFlight: number, roundMs: number) {
    this.#server = server;
    this.#caller = caller;
    this.#inFlight = inFlight;
    this.#roundMs = roundMs;
  }

  static async open(subject: string, inFlight: number, warmUpMs: number, roundMs: number): Promise<Runner> {
    const { server: kind, open } = CALLERS[subject]!;
    const server = fork(SERVER, [kind], {
      execArgv: [],
      stdio: ["ignore", 2, 2, "ipc"],
    });
    const { port } = await new Promise<{ port: number }>((resolve, reject) => {
      server.once("message", (message) => resolve(message as { port: number }));
      server.once("exit", (code) => reject(new Error(`the server of ${subject} ended with ${code}`)));
    });
    const runner = new RpcRunner(server, open(port, inFlight), inFlight, roundMs);
    await runner.#calls(warmUpMs);
    return runner;
  }

  async round(): Promise<Figures> {
    const bytesBefore = await this.#bytes();
    const startedMs = performance.now();
    const latencies = await this.#calls(this.#roundMs);
    const seconds = (performance.now() - startedMs) / 1_000;
    const bytes = (await this.#bytes()) - bytesBefore;
    return {
      perSecond: latencies.length / seconds,
      p50Us: quantile(latencies, 0.5) * 1_000,
      p99Us: quantile(latencies, 0.99) * 1_000,
      bytes: bytes / latencies.length,
    };
  }

  async close(): Promise<void> {
    this.#caller.close();
    const exited = once(this.#server, "exit");
    this.#server.disconnect();
    await exited;
  }

  /** For so long; answers how long each took, ms. */
  async #calls(forMs: number): Promise<number[]> {
    const latencies: number[] = [];
    const endMs = performance.now() + forMs;
    const one = async () => {
      do {
        const startedMs = performance.now();
        const { roomEpoch } = await this.#caller.call(COMMAND);
        if (roomEpoch !== 12_345) throw new Error("the reply did not arrive");
        latencies.push(performance.now() - startedMs);
      } while (performance.now() < endMs);
    };
    await Promise.all(Array.from({ length: this.#inFlight }, one));
    return latencies;
  }

  async #bytes(): Promise<number> {
    this.#server.send("bytes");
    const [{ bytes }] = (await once(this.#server, "message")) as [{ bytes: number }];
    return bytes;
  }
}
