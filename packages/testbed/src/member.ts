import { fileURLToPath } from "node:url";
import { type Launched, launch, metricSum } from "@warren/testkit";

const MAIN = fileURLToPath(new URL("../../../apps/warren/bin/warren.mjs", import.meta.url));
/** `dev` has no role to name. */
const READY = /^warren (?:\w+ )?ready (\S+)$/m;
const READY_TIMEOUT_MS = 60_000;

export interface MemberOptions {
  /** Put before `node` on the command line, such as `["ip", "netns", "exec", "one"]`. */
  readonly prefix?: readonly string[];
}

/** One process of the cluster. It may be ended and started again, under the same address. */
export class Member {
  /** Where `/metrics` is, and what operators ask for. */
  readonly adminUrl: string;
  readonly #start: () => Launched;
  #process: Launched;
  #url: string;

  private constructor(start: () => Launched, process: Launched, url: string, adminUrl: string) {
    this.#start = start;
    this.#process = process;
    this.#url = url;
    this.adminUrl = adminUrl;
  }

  /**
   * `args` of the command line `warren`; `env` is all it finds in its environment besides PATH and HOME. A port that
   * is to be the same after a restart is named there.
   */
  static async start(
    args: readonly string[],
    env: Record<string, string>,
    options: MemberOptions = {},
  ): Promise<Member> {
    const [command = "", ...rest] = [...(options.prefix ?? []), globalThis.process.execPath, MAIN, ...args];
    const start = () => launch(command, rest, { env });
    const process = start();
    const [, url = ""] = await process.said(READY, READY_TIMEOUT_MS);
    return new Member(start, process, url, `http://127.0.0.1:${env["WARREN_ADMIN_PORT"] ?? 0}`);
  }

  /** As it said when it was ready: `http://127.0.0.1:…` of a matchmaker, `ws://127.0.0.1:…` of a room-server. */
  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Everything its present process said. */
  output(): string {
    return this.#process.output();
  }

  /** Resolves with the match when what its present process said matches. */
  said(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.#process.said(pattern);
  }

  /** Its id, new at every start, as its log has it: `mm_…` of a matchmaker, `n_…` of a room-server. */
  get id(): string | undefined {
    return this.output().match(/"(?:replicaId|nodeId)":"((?:mm|n)_[a-z0-9]+)"/)?.[1];
  }

  /** What a metric is now, over all labels; undefined: there is none of that name. Rejects when the process does not answer. */
  async metric(name: string): Promise<number | undefined> {
    const response = await fetch(`${this.adminUrl}/metrics`);
    return metricSum(await response.text(), name);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /**
   * Ends it (`SIGTERM`: it stops gracefully; `SIGKILL`: it is killed, even when it was stopped) and starts it again;
   * resolves when it is ready.
   */
  async restart(signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
    await this.#process.end(signal);
    this.#process = this.#start();
    [, this.#url = ""] = await this.#process.said(READY, READY_TIMEOUT_MS);
  }

  async stop(): Promise<void> {
    await this.#process.end("SIGKILL");
  }
}
