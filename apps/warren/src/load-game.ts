import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Game, isGame } from "@warren/game";
import type { BuildFailure, Plugin } from "esbuild";
import { bundle } from "./bundle.ts";

/** A game file and what it exports. */
export interface LoadedGame {
  readonly game: Game;
  readonly file: string;
  /** Folder of its web page (`web/index.html` beside the file or one folder up); undefined: it has none. */
  readonly webFolder: string | undefined;
}

/** A game file that cannot be used; the message says why, for a person. */
export class GameError extends Error {
  override readonly name = "GameError";
}

/** The demo that ships with Warren. */
export function defaultGameFile(): string {
  return fileURLToPath(new URL("../../arena/src/game.ts", import.meta.url));
}

/** Loads a game written in TypeScript or JavaScript from anywhere; `@warren/*` in it is this Warren. */
export async function loadGame(path: string | undefined): Promise<LoadedGame> {
  const file = resolve(path ?? defaultGameFile());
  if (!(await isFile(file)))
    throw new GameError(`${file} is not a file; give the file that exports your game`);
  const module = await bundled(file);
  const exported = await importedFrom(module.path, file).finally(() => module.remove());
  if (!isGame(exported))
    throw new GameError(`${file} has no default export made by defineGame({ rooms, queues })`);
  return { game: exported, file, webFolder: await webFolderOf(file) };
}

/** Runs a TypeScript file and answers with its default export. Throws GameError when it cannot be read, else what it threw. */
export async function importBundled(file: string): Promise<unknown> {
  const module = await bundled(file);
  try {
    return ((await import(pathToFileURL(module.path).href)) as { default?: unknown }).default;
  } finally {
    await module.remove();
  }
}

/** The default export of a module made of `file`. Throws GameError with what it threw, and where in the author's file. */
export async function importedFrom(modulePath: string, file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(modulePath).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new GameError(`${file} cannot be loaded: ${thrownBy(error, file)}`, { cause: error });
  }
}

/** A module that any process here may import. */
export interface BundledModule {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes one of a TypeScript file. Throws GameError when it cannot be read. */
export async function bundled(file: string): Promise<BundledModule> {
  const folder = await mkdtemp(join(tmpdir(), "warren-game-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  // Stacks name the author's own files and lines.
  process.setSourceMapsEnabled(true);
  try {
    const module = await bundle(file, {
      absWorkingDir: dirname(file),
      platform: "node",
      target: "node20",
      sourcemap: "inline",
      sourceRoot: pathToFileURL(`${dirname(file)}/`).href,
      plugins: [keepPackagesOutside],
    });
    const path = join(folder, "game.mjs");
    await writeFile(path, module);
    return { path, remove };
  } catch (error) {
    await remove();
    const [found] = (error as Partial<BuildFailure>).errors ?? [];
    if (!found) throw error;
    const at = found.location;
    const place = at ? `${at.file}:${at.line}:${at.column + 1}: ` : "";
    throw new GameError(`${file} cannot be loaded: ${place}${found.text}`, { cause: error });
  }
}

/** What a file threw, in one line, and where in it. */
function thrownBy(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  // The author's own line, of all that the stack goes through.
  const own = error.stack?.split("\n").find((line) => line.includes(dirname(file)));
  const [, place = ""] = own?.match(/([^/()\s]+:\d+:\d+)\)?$/) ?? [];
  return `${error.message.split("\n")[0]}${place && ` (${place})`}`;
}

/**
 * The game's own files are bundled, packages are not: `@warren/*` are the copies this process runs, wherever the
 * game file is, and others are taken from the game's own node_modules.
 */
const keepPackagesOutside: Plugin = {
  name: "keep-packages-outside",
  setup({ onResolve, resolve: resolveAs }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === "entry-point" || pluginData === "inner" || path.startsWith("node:")) return undefined;
      if (path.startsWith("@warren/")) return { path: import.meta.resolve(path), external: true };
      const inner = await resolveAs(path, { kind, resolveDir, pluginData: "inner" });
      if (inner.errors.length > 0 || inner.external) return inner;
      return { path: pathToFileURL(inner.path).href, external: true };
    });
  },
};

async function webFolderOf(file: string): Promise<string | undefined> {
  for (const folder of [join(dirname(file), "web"), join(dirname(file), "..", "web")]) {
    if (await isFile(join(folder, "index.html"))) return folder;
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
