import { fileURLToPath } from "node:url";
import { type Launched, launch } from "@warren/testkit";

const MAIN = fileURLToPath(new URL("../../../apps/warren/bin/warren.mjs", import.meta.url));
const READY = /^warren \w+ ready (\S+)$/m;

/** One process of the cluster. It may be killed and started again, under the same address. */
export class Member {
  readonly url: string;
  readonly #args: readonly string[];
  readonly #env: Record<string, string>;
  #process: Launched;

  private constructor(args: readonly string[], env: Record<string, string>, process: Launched, url: string) {
    this.#args = args;
    this.#env = env;
    this.#process = process;
    this.url = url;
  }

  static async start(args: readonly string[], env: Record<string, string>): Promise<Member> {
    const process = launch(globalThis.process.execPath, [MAIN, ...args], { env });
    const [, url = ""] = await process.said(READY, 60_000);
    return new Member(args, env, process, url);
  }

  /** Everything its present process said. */
  output(): string {
    return this.#process.output();
  }

  /** Its id, new at every start, as its log has it: `mm_…` of a matchmaker, `n_…` of a room-server. */
  get id(): string | undefined {
    return this.output().match(/"(?:replicaId|nodeId)":"((?:mm|n)_[a-z0-9]+)"/)?.[1];
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Kills it and starts it again; resolves when it is ready. A process that was stopped ends too. */
  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#process.end(signal);
    this.#process = launch(globalThis.process.execPath, [MAIN, ...this.#args], { env: this.#env });
    await this.#process.said(READY, 60_000);
  }

  async stop(): Promise<void> {
    await this.#process.end("SIGKILL");
  }
}
