import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

// What a page downloads, as a bundler makes it: one minified module without what is not used, gzip level 9.

/** A page that plays: REST, event stream, socket, frames and schema. */
const CORE = `
  import { Warren } from "./index.ts";
  const room = await new Warren("https://play.example.com").play("arena", { queue: "ffa" });
  room.onState(() => console.log(room.state));
  console.log(await room.act("buy", { item: 3 }), room.send({ thrust: 1 }));
`;
const CORE_GZIP_BYTES_MAX = 20_000;
/** Everything else that can be imported: clock, interpolation, prediction. */
const ALL = `${CORE} export * from "./index.ts";`;
const EXTRA_GZIP_BYTES_MAX = 8_000;

async function bundle(contents: string): Promise<{ gzipBytes: number; biggest: string }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    minify: true,
    platform: "browser",
    conditions: ["@warren/source"],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const biggest = inputs
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 12)
    .map(([path, { bytesInOutput }]) => `\n  ${bytesInOutput} ${path}`);
  return {
    gzipBytes: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length,
    biggest: `minified bytes of the biggest inputs:${biggest.join("")}`,
  };
}

describe("gzipped", async () => {
  const core = await bundle(CORE);
  const all = await bundle(ALL);

  it(`a page that plays downloads at most ${CORE_GZIP_BYTES_MAX} bytes`, () => {
    expect(core.gzipBytes, core.biggest).toBeLessThanOrEqual(CORE_GZIP_BYTES_MAX);
    // An empty bundle would be small too.
    expect(core.gzipBytes).toBeGreaterThan(10_000);
  });

  it(`all that the client exports is at most ${EXTRA_GZIP_BYTES_MAX} bytes more`, () => {
    expect(all.gzipBytes - core.gzipBytes, all.biggest).toBeLessThanOrEqual(EXTRA_GZIP_BYTES_MAX);
  });
});
