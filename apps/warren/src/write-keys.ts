import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, checkKeyPair, KEY_FILES, type Role } from "@warren/service";
import { newCa, newRoleCertificate, type Pems } from "./certificate.ts";

export interface WrittenKeys {
  /** Whether the CA was made just now. */
  readonly isNewCa: boolean;
  /** One for each role, in the order asked for. */
  readonly folders: readonly string[];
}

/**
 * Writes a folder of keys for each role under `out`, signed by the CA in `out/ca`, which is made when there is none.
 * What was there is replaced file by file, so that a process that reads them meanwhile finds each one whole.
 * Throws ConfigError when the CA that is there cannot be used.
 */
export async function writeKeys(options: {
  readonly out: string;
  readonly roles: readonly Role[];
  readonly days: number;
  readonly nowMs: number;
}): Promise<WrittenKeys> {
  const { out, roles, days, nowMs } = options;
  const caFolder = join(out, "ca");
  const found = await readCa(caFolder);
  const ca = found ?? (await newCa(nowMs));
  if (!found) await writePems(caFolder, { [KEY_FILES.ca]: ca.cert, [KEY_FILES.key]: ca.key });
  const folders = await Promise.all(
    roles.map(async (role) => {
      const { cert, key } = await newRoleCertificate(ca, role, days, nowMs);
      const folder = join(out, role);
      await writePems(folder, { [KEY_FILES.ca]: ca.cert, [KEY_FILES.cert]: cert, [KEY_FILES.key]: key });
      return folder;
    }),
  );
  return { isNewCa: !found, folders };
}

/** The CA that is there; undefined: neither of its files is. */
async function readCa(folder: string): Promise<Pems | undefined> {
  const paths = { cert: join(folder, KEY_FILES.ca), key: join(folder, KEY_FILES.key) };
  const [cert, key] = await Promise.all([readIfThere(paths.cert), readIfThere(paths.key)]);
  if (!cert && !key) return undefined;
  if (!cert || !key)
    throw new ConfigError([
      `${cert ? paths.key : paths.cert} is missing; put it back, or choose another folder with --out for a new CA`,
    ]);
  try {
    checkKeyPair({ cert, key }, paths);
  } catch (error) {
    throw new ConfigError([`the CA cannot be used: ${(error as Error).message}`]);
  }
  return { cert: cert.toString(), key: key.toString() };
}

function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ConfigError([`${path} cannot be read: ${error.message}`]);
  });
}

/** Only its owner can look into the folder; a key only its owner can read. */
async function writePems(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    const mode = name === KEY_FILES.key ? 0o600 : 0o644;
    const fresh = join(folder, `.${name}.new`);
    await writeFile(fresh, text, { mode });
    await chmod(fresh, mode);
    await rename(fresh, join(folder, name));
  }
}
