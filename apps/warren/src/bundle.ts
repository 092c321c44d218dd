import { type BuildOptions, build, stop } from "esbuild";

let underWay = 0;

/**
 * One ES module of an entry point and what it imports. esbuild's own process, which wakes this one every second, ends
 * with the last of these that is under way. Throws esbuild's BuildFailure.
 */
export async function bundle(entry: string, options: BuildOptions): Promise<Uint8Array> {
  underWay++;
  try {
    const { outputFiles } = await build({
      ...options,
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      logLevel: "silent",
    });
    return outputFiles[0]!.contents;
  } finally {
    if (--underWay === 0) await stop();
  }
}
