import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isProfiling, profileOptions } from "../process-profile.ts";
import { cpuNs } from "./cpu-time.ts";
import type { WireProtocol } from "./generator.ts";
import type { LiveServer, LiveServerOptions } from "./live-server.ts";
import { checkLinux, PINNED } from "./pinned.ts";

const MAIN = fileURLToPath(new URL("../../peers/server.mjs", import.meta.url));
const START_TIMEOUT_MS = 30_000;

/** What it is asked over IPC; `{ port }` it says by itself. */
interface Answers {
  readonly counts: Readonly<Record<string, number>>;
  readonly gc: { readonly rssBytes: number };
}

/** One of the servers of the folder `peers`. */
export class PeerServer implements LiveServer {
  readonly protocol: WireProtocol;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, kind: string, port: number) {
    this.#child = child;
    this.protocol = protocolOf(kind);
    this.port = port;
  }

  static async start(kind: string, { scene, gc = false }: LiveServerOptions): Promise<PeerServer> {
    checkLinux();
    const flags = gc ? ["--expose-gc"] : [];
    const [command = "", ...args] = [
      ...PINNED,
      process.execPath,
      ...flags,
      ...profileOptions(),
      MAIN,
      kind,
      JSON.stringify(scene),
    ];
    const child = spawn(command, args, {
      // What a library prints must not get between us and who reads our output.
      stdio: ["ignore", 2, 2, "ipc"],
    });
    try {
      const { port } = await answer<{ port: number }>(child, kind);
      return new PeerServer(child, kind, port);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  cpuNs(): number {
    return cpuNs(this.pid);
  }

  async requests(clients: number): Promise<string[]> {
    const host = `Host: 127.0.0.1:${this.port}`;
    const request =
      this.protocol === "colyseus"
        ? `POST /matchmake/joinOrCreate/room HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
        : `POST /join HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\n\r\n`;
    return new Array<string>(clients).fill(request);
  }

  async rssAfterGc(): Promise<number> {
    return (await this.#ask("gc")).rssBytes;
  }

  counts(): Promise<Readonly<Record<string, number>>> {
    return this.#ask("counts");
  }

  async #ask<Q extends keyof Answers>(question: Q): Promise<Answers[Q]> {
    const answered = answer<Answers[Q]>(this.#child, question);
    this.#child.send(question);
    return answered;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    // It exits when nobody listens to it any more, and writes its profile then.
    if (isProfiling) this.#child.disconnect();
    else this.#child.kill("SIGKILL");
    await exited;
  }
}

function protocolOf(kind: string): WireProtocol {
  if (kind.startsWith("colyseus")) return "colyseus";
  return kind.startsWith("socketio") ? "socketio" : "raw";
}

/** The next thing it says. Rejects when it ends or says nothing. */
async function answer<T>(child: ChildProcess, to: string): Promise<T> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`the server ended with ${code} (${to})`);
      }),
    ]);
  } finally {
    done.abort();
  }
}
