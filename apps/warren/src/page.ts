import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { PageSource } from "@warren/matchmaker";
import { type BuildContext, context, type Plugin } from "esbuild";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".mp3": "audio/mpeg",
};

/** `@warren/*` in a page is this Warren's own copy; what only its packages depend on is found from them. */
const ownPackages: Plugin = {
  name: "own-packages",
  setup({ onResolve }) {
    onResolve({ filter: /^@warren\// }, ({ path }) => {
      try {
        return { path: fileURLToPath(import.meta.resolve(path)) };
      } catch {
        return undefined;
      }
    });
  },
};

/**
 * Serves a game's `web` folder at `/`. `x.js` that is not there is bundled from `x.ts`, again at every request,
 * so a reload shows what was just written.
 */
export function servePage(folder: string): PageSource {
  const bundles = new Map<string, Promise<BuildContext>>();
  const bundle = async (entry: string): Promise<Uint8Array | undefined> => {
    let building = bundles.get(entry);
    if (!building) {
      building = context({
        entryPoints: [entry],
        bundle: true,
        write: false,
        format: "esm",
        platform: "browser",
        target: "es2022",
        sourcemap: "inline",
        logLevel: "silent",
        plugins: [ownPackages],
      });
      bundles.set(entry, building);
    }
    const { outputFiles } = await (await building).rebuild();
    return outputFiles?.[0]?.contents;
  };
  const find = async (path: string): Promise<Uint8Array | undefined> => {
    const file = normalize(join(folder, path === "/" ? "index.html" : path));
    if (!file.startsWith(folder + sep) || !TYPES[extname(file)]) return undefined;
    const source = await readFile(file).catch(() => undefined);
    if (source || extname(file) !== ".js") return source;
    const entry = `${file.slice(0, -3)}.ts`;
    return (await readFile(entry).catch(() => undefined)) && bundle(entry);
  };
  return async (path) => {
    const body = await find(path);
    return body && { type: TYPES[extname(path)] ?? "text/html; charset=utf-8", body };
  };
}
