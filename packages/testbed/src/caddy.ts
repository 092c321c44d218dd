import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder, type DebianProgram, downloadDebianProgram } from "@warren/cluster/nats-server";
import { type Launched, launch } from "@warren/testkit";

/** What operators run, as it is. */
const CADDYFILE = fileURLToPath(new URL("../../../infra/edge/Caddyfile", import.meta.url));
const CONFIG = ["--config", CADDYFILE, "--adapter", "caddyfile"];

const PROGRAM: DebianProgram = {
  packageName: "caddy",
  file: "usr/bin/caddy",
  async versionOf(path) {
    const { stdout } = await promisify(execFile)(path, ["version"]).catch(() => ({ stdout: "" }));
    return /^v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  },
};

/** Path of a Caddy that speaks HTTP/3: the one of WARREN_CADDY, else of the cache folder, where Debian's is put once. */
export async function ensureCaddy(options: {
  env: Readonly<Record<string, string | undefined>>;
  /** Told before the download, which takes seconds. */
  onStep?: (step: string) => void;
}): Promise<string> {
  const { env, onStep } = options;
  if (env["WARREN_CADDY"]) return env["WARREN_CADDY"];
  const folder = cacheFolder(env, "caddy");
  for (const version of await readdir(folder).catch(() => [])) {
    const path = join(folder, version, "caddy");
    if ((await PROGRAM.versionOf(path, env)) === version) return path;
  }
  onStep?.(`downloading Debian's caddy into ${folder}`);
  return (await downloadDebianProgram(PROGRAM, folder, env)).path;
}

/** The edge of infra/edge in front of a cluster on this machine. */
export class Edge {
  readonly #path: string;
  readonly #env: Record<string, string>;
  readonly #folder: string;
  readonly #process: Launched;

  private constructor(path: string, env: Record<string, string>, folder: string) {
    this.#path = path;
    this.#env = env;
    this.#folder = folder;
    this.#process = launch(path, ["run", ...CONFIG], { env });
  }

  /** Starts Caddy with infra/edge/Caddyfile and these settings of it; resolves when it has made its own certificate. */
  static async start(env: Readonly<Record<string, string>>): Promise<Edge> {
    const path = await ensureCaddy({ env: process.env });
    const folder = await mkdtemp(join(tmpdir(), "warren-edge-"));
    const edge = new Edge(path, { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...env }, folder);
    // It listens before; who calls while it has no certificate is cut off.
    await edge.#process.said(/certificate obtained successfully/).catch(async (error: unknown) => {
      await edge.close();
      throw error;
    });
    return edge;
  }

  /** Everything it said. */
  output(): string {
    return this.#process.output();
  }

  /** Makes it read its configuration again, as after a change. */
  async reload(): Promise<void> {
    const { WARREN_EDGE_ADMIN: address = "localhost:2019" } = this.#env;
    const env = { ...process.env, ...this.#env };
    await promisify(execFile)(this.#path, ["reload", "--force", "--address", address, ...CONFIG], { env });
  }

  async close(): Promise<void> {
    await this.#process.end("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }
}
