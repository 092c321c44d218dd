import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type DebianMirror, debianMirror } from "./apt-sources.ts";
import { publishFolder } from "./publish-folder.ts";
import { type Env, run } from "./run.ts";

/** A release whose programs are new enough, such as nats-server, and run on Debian 12 and newer. */
const SUITE = "forky";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** One program of one package. */
export interface DebianProgram {
  readonly packageName: string;
  /** The program inside the package, such as `usr/sbin/nats-server`. */
  readonly file: string;
  /** Undefined when the file is no program that tells its version. */
  versionOf(path: string, env: Env): Promise<string | undefined>;
}

/**
 * Downloads a program of Debian's into `<folder>/<version>/<program>` and answers where it is.
 * Needs no root and changes nothing outside `folder`: apt works on state of its own. Signatures are checked.
 * Safe to call from several processes at once: each works in its own folder, and a rename publishes the whole.
 */
export async function downloadDebianProgram(
  program: DebianProgram,
  folder: string,
  env: Env,
): Promise<{ path: string; version: string }> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, ".download-"));
  try {
    await fetchPackage(program.packageName, work, env);
    const found = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (!found) throw new Error("apt-get download left no package");
    const unpacked = join(work, "unpacked");
    await run("dpkg-deb", ["-x", join(work, found), unpacked], { env, timeoutMs: DOWNLOAD_TIMEOUT_MS });
    const fresh = join(work, "fresh");
    await mkdir(fresh);
    const path = join(fresh, basename(program.file));
    await rename(join(unpacked, program.file), path);
    const version = await program.versionOf(path, env);
    if (version === undefined) throw new Error(`${found} does not run here`);
    return { path: await publishFolder(path, join(folder, version), program.versionOf, env), version };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchPackage(name: string, work: string, env: Env): Promise<void> {
  const mirror = debianMirror(await machineSources());
  await mkdir(join(work, "lists", "partial"), { recursive: true });
  await mkdir(join(work, "archives", "partial"), { recursive: true });
  await writeFile(join(work, "status"), "");
  await writeFile(join(work, "debian.sources"), sourceOf(mirror));
  await writeFile(join(work, "apt.conf"), aptConf(work));
  const apt = (...args: string[]) =>
    run("apt-get", ["-c", join(work, "apt.conf"), "-q", ...args], {
      env,
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      cwd: work,
    });
  await apt("update", "--error-on=any");
  await apt("download", name);
}

function sourceOf({ uri, signedBy }: DebianMirror): string {
  return `Types: deb\nURIs: ${uri}\nSuites: ${SUITE}\nComponents: main\nSigned-By: ${signedBy ?? KEYRING}\n`;
}

/** Read after the machine's own configuration, whose proxies we keep and whose hooks we must not run. */
function aptConf(work: string): string {
  return `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::Contents-deb;
Dir::State "${work}";
Dir::State::lists "${work}/lists";
Dir::State::status "${work}/status";
Dir::Cache "${work}";
Dir::Cache::archives "${work}/archives";
Dir::Etc::SourceList "${work}/debian.sources";
Dir::Etc::SourceParts "-";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
APT::Get::List-Cleanup "false";
`;
}

async function machineSources(): Promise<{ name: string; text: string }[]> {
  const parts = "/etc/apt/sources.list.d";
  const names = await readdir(parts).catch(() => []);
  const paths = names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => join(parts, name));
  const sources = await Promise.all(
    ["/etc/apt/sources.list", ...paths.sort()].map(async (name) => ({
      name,
      text: await readFile(name, "utf8").catch(() => ""),
    })),
  );
  return sources;
}
