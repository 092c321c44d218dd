import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { PageSource } from "@warren/matchmaker";
import type { BuildFailure, Plugin } from "esbuild";
import { bundle } from "./bundle.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".glb": "model/gltf-binary",
  ".gif": "image/gif",
  ".ogg": "audio/ogg",
  ".wav": "audio/wav",
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

function build(entry: string, withSourceMap: boolean): Promise<Uint8Array> {
  return bundle(entry, {
    platform: "browser",
    target: "es2022",
    minify: !withSourceMap,
    sourcemap: withSourceMap ? "inline" : false,
    plugins: [ownPackages],
  });
}

/** What is wrong with a page's source is shown where its author looks: in the page. */
function showing(error: unknown): Uint8Array {
  const [found] = (error as Partial<BuildFailure>).errors ?? [];
  const at = found?.location;
  const text = found ? `${at ? `${at.file}:${at.line}:${at.column + 1}: ` : ""}${found.text}` : String(error);
  const script = `const text = ${JSON.stringify(text)};\ndocument.body.textContent = text;\nthrow new Error(text);\n`;
  return new TextEncoder().encode(script);
}

/**
 * Serves a game's `web` folder at `/`. `x.js` that is not there is bundled from `x.ts`: with `rebuild` again at every
 * request, so that a reload shows what was just written, else once and small.
 */
export function servePage(folder: string, options: { rebuild: boolean }): PageSource {
  const bundles = new Map<string, Promise<Uint8Array>>();
  const bundled = (entry: string): Promise<Uint8Array> => {
    const known = options.rebuild ? undefined : bundles.get(entry);
    const building = known ?? build(entry, options.rebuild).catch(showing);
    bundles.set(entry, building);
    return building;
  };
  const find = async (path: string): Promise<Uint8Array | undefined> => {
    const file = normalize(join(folder, path === "/" ? "index.html" : path));
    if (!file.startsWith(folder + sep) || !TYPES[extname(file)]) return undefined;
    const source = await readFile(file).catch(() => undefined);
    if (source || extname(file) !== ".js") return source;
    const entry = `${file.slice(0, -3)}.ts`;
    return (await readFile(entry).catch(() => undefined)) && bundled(entry);
  };
  return async (path) => {
    const body = await find(path);
    return body && { type: TYPES[extname(path)] ?? "text/html; charset=utf-8", body };
  };
}
