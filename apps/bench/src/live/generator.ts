import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { generatorProgram } from "./generator-program.ts";

/** Which of the generator's protocols: `apps/bench/generator/protocols`. */
export type WireProtocol = "raw" | "warren" | "colyseus" | "socketio";

export interface GeneratorOptions {
  readonly protocol: WireProtocol;
  /** The only core it runs on. Default: any. */
  readonly core?: number;
}

/** What a command cost it: share of one core that it had, 0 to 1. Near 1 the generator was the limit, not the server. */
interface Cost {
  readonly generatorCpu: number;
}

export interface EchoFigures extends Cost {
  readonly perSecond: number;
  readonly replies: number;
  readonly seconds: number;
  /** From sending a request to its reply, of all requests; of those that go out together all from then. */
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface PlayFigures extends Cost {
  readonly states: number;
  /** Of all WebSocket frames with data, heads included. */
  readonly bytes: number;
  readonly seconds: number;
  /** Between two states of one socket. */
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  readonly gapMaxMs: number;
  readonly inputs: number;
}

export interface JoinFigures extends Cost {
  readonly perSecond: number;
  /** From sending the request, or opening the socket where there is none, to the first state. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const AT_ONCE = 64;

/**
 * The native load generator as a process of one thread: many clients of a server on 127.0.0.1. One command at a time.
 * Any error (a wrong reply, a socket that is closed, nothing for 30 s) rejects the command and ends the process.
 */
export class Generator {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #error: Error | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    // Its last words are on its standard output.
    child.stdin!.on("error", () => {});
  }

  /** Compiles it when its source has changed. Rejects with what to install when nothing can. */
  static async start({ protocol, core }: GeneratorOptions): Promise<Generator> {
    const program = await generatorProgram();
    const child = spawn(program, [protocol, ...(core === undefined ? [] : [String(core)])], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child, "spawn");
    return new Generator(child);
  }

  /**
   * One socket for each request: raw bytes of HTTP/1.1 that lead to a seat, or "" for none. Where the protocol's
   * answer says so, the socket goes elsewhere, else to `port`. Resolves when all of them are ready to play.
   */
  open(port: number, requests: readonly string[], atOnce = AT_ONCE): Promise<{ ms: number }> {
    return this.#command(`open ${port} ${atOnce}`, requests);
  }

  /** Every socket keeps `inFlight` requests under way. Replies are checked: number and length. */
  echo(options: {
    inFlight: number;
    payloadBytes: number;
    warmUpMs: number;
    measureMs: number;
  }): Promise<EchoFigures> {
    const { inFlight, payloadBytes, warmUpMs, measureMs } = options;
    return this.#command(`echo ${inFlight} ${payloadBytes} ${warmUpMs} ${measureMs}`);
  }

  /** Reads states, and sends inputs at a rate (0: none), one socket after the other. */
  play(options: { inputHz: number; warmUpMs: number; measureMs: number }): Promise<PlayFigures> {
    const { inputHz, warmUpMs, measureMs } = options;
    return this.#command(`play ${inputHz} ${warmUpMs} ${measureMs}`);
  }

  /** Each request once: request, socket, first state, and gone again; `atOnce` of them are under way. */
  join(port: number, requests: readonly string[], { atOnce }: { atOnce: number }): Promise<JoinFigures> {
    return this.#command(`join ${port} ${atOnce}`, requests);
  }

  /** All players give their seats back and close their sockets. */
  async leave(): Promise<void> {
    await this.#command("leave");
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin!.end();
    await exited;
  }

  async #command<Answer>(line: string, requests?: readonly string[]): Promise<Answer> {
    if (this.#error) throw this.#error;
    const blob = Buffer.from(
      (requests ?? []).map((request) => `${Buffer.byteLength(request)}\n${request}`).join(""),
    );
    this.#child.stdin!.write(requests ? `${line} ${requests.length} ${blob.length}\n` : `${line}\n`);
    if (requests) this.#child.stdin!.write(blob);
    const { value } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    const answer = (value === undefined ? { error: "it ended" } : JSON.parse(value)) as
      | Answer
      | { readonly error: string };
    if (typeof answer === "object" && answer !== null && "error" in answer) {
      this.#error = new Error(`load generator: ${answer.error}`);
      throw this.#error;
    }
    return answer as Answer;
  }
}
