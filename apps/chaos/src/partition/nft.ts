import { access, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../run.ts";

/** The program and the two libraries of its own that it needs. */
const PACKAGES = ["nftables", "libnftables1", "libnftnl11"];

/**
 * The command line of nft: installed, or from the cache folder, or downloaded into it by the machine's own apt, which
 * needs no root and installs nothing. Rejects where none of this goes.
 */
export async function findNft(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string[]> {
  for (const path of ["/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft"])
    if (await isThere(path)) return [path];
  const cache = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const folder = join(cache, "warren", "nftables");
  if (!(await isThere(join(folder, "usr/sbin/nft")))) {
    say(`downloading Debian's nftables into ${folder}`);
    await download(folder);
  }
  const [libraries = ""] = await readdir(join(folder, "usr/lib"));
  const command = [
    "env",
    `LD_LIBRARY_PATH=${join(folder, "usr/lib", libraries)}`,
    join(folder, "usr/sbin/nft"),
  ];
  await run([...command, "--version"]);
  return command;
}

async function download(folder: string): Promise<void> {
  const parent = join(folder, "..");
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, ".nftables-"));
  try {
    await mkdir(join(work, "lists", "partial"), { recursive: true });
    await mkdir(join(work, "archives", "partial"), { recursive: true });
    const apt = `cd ${work} && apt-get -q -o Dir::State::lists=${work}/lists -o Dir::Cache=${work} -o APT::Sandbox::User=`;
    await run(["sh", "-c", `${apt} update && ${apt} download ${PACKAGES.join(" ")}`]);
    const fresh = join(work, "fresh");
    for (const name of await readdir(work))
      if (name.endsWith(".deb")) await run(["dpkg-deb", "-x", join(work, name), fresh]);
    // Whoever comes second leaves the first one's in place.
    await rename(fresh, folder).catch(async (error: unknown) => {
      if (!(await isThere(join(folder, "usr/sbin/nft")))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
