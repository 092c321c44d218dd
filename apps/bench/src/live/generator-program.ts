import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, constants, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "@warren/cluster/nats-server";

type Env = Readonly<Record<string, string | undefined>>;

/** The same seen from src and from dist. */
const SOURCES = fileURLToPath(new URL("../../generator/", import.meta.url));
const COMPILERS = ["cc", "gcc", "clang", "tcc"];
const FLAGS = ["-O2", "-std=gnu11", "-Wall"];
const COMPILE_TIMEOUT_MS = 120_000;

let built: Promise<string> | undefined;

/**
 * Path of the load generator's program, compiled when there is none of the present sources in the cache folder.
 * The compiler is WARREN_CC, else the first of cc, gcc, clang and tcc on PATH. Rejects with what to install.
 */
export function generatorProgram(env: Env = process.env): Promise<string> {
  built ??= findOrBuild(env);
  return built;
}

async function findOrBuild(env: Env): Promise<string> {
  if (process.platform !== "linux")
    throw new Error(
      `Benchmarks on real sockets run on Linux only, not on ${process.platform}: their load generator uses epoll`,
    );
  const { files, hash } = await sources();
  const folder = cacheFolder(env, "generator");
  const program = join(folder, hash, "generator");
  if (await runs(program)) return program;
  const compiler = await findCompiler(env);
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, ".build-"));
  try {
    await promisify(execFile)(compiler, [...FLAGS, "-o", join(work, "generator"), ...files], {
      timeout: COMPILE_TIMEOUT_MS,
    });
    // Who comes second finds the first one's there, which is as good.
    await rename(work, join(folder, hash)).catch(async (error: unknown) => {
      if (!(await runs(program))) throw error;
    });
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What is compiled, and a name for all that the result depends on. */
async function sources(): Promise<{ files: string[]; hash: string }> {
  const names = (await readdir(SOURCES, { recursive: true })).filter((name) => /\.[ch]$/.test(name)).sort();
  const hash = createHash("sha256").update(`${process.arch} ${FLAGS.join(" ")}\n`);
  for (const name of names) hash.update(`${name}\n`).update(await readFile(join(SOURCES, name)));
  const files = names.filter((name) => name.endsWith(".c")).map((name) => join(SOURCES, name));
  return { files, hash: hash.digest("hex").slice(0, 16) };
}

async function findCompiler(env: Env): Promise<string> {
  const named = env["WARREN_CC"];
  if (named) return named;
  for (const name of COMPILERS)
    for (const folder of (env["PATH"] ?? "").split(delimiter))
      if (folder && (await runs(join(folder, name)))) return join(folder, name);
  throw new Error(
    [
      `The load generator is written in C, and none of ${COMPILERS.join(", ")} is on PATH. Do one of these:`,
      "  Debian, Ubuntu: apt install gcc libc6-dev   (or, smaller: tcc libc6-dev)",
      "  Fedora:         dnf install gcc",
      "  Alpine:         apk add gcc musl-dev linux-headers",
      "  elsewhere:      set WARREN_CC=/path/to/a/C11/compiler",
    ].join("\n"),
  );
}

async function runs(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
