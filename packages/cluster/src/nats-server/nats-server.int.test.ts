import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { versionOf } from "./find.ts";
import { ensureNatsServer, findNatsServer, startNatsServer } from "./index.ts";
import { publishFolder } from "./publish-folder.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-find-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that only tells a version. */
async function fake(version: string, ...at: string[]): Promise<string> {
  const home = join(folder, ...at);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "nats-server"), `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(join(home, "nats-server"), 0o755);
  return join(home, "nats-server");
}

describe("findNatsServer", () => {
  it("[N02] takes the named one, else the first on PATH that is new enough, else the newest of the cache", async () => {
    const named = await fake("2.12.0", "named");
    await fake("2.9.10", "path-old");
    const onPath = await fake("2.13.0", "path-new");
    await fake("2.12.9", "cache", "warren", "nats-server", "2.12.9");
    const cached = await fake("2.12.10", "cache", "warren", "nats-server", "2.12.10");
    await fake("9.9.9", "cache", "warren", "nats-server", ".download-x");
    const env = {
      WARREN_NATS_SERVER: named,
      PATH: ["path-old", "path-new"].map((name) => join(folder, name)).join(":"),
      XDG_CACHE_HOME: join(folder, "cache"),
    };
    expect(await findNatsServer({ env })).toEqual({
      path: named,
      version: "2.12.0",
      source: "WARREN_NATS_SERVER",
    });
    const unnamed = { ...env, WARREN_NATS_SERVER: "" };
    expect(await findNatsServer({ env: unnamed })).toEqual({
      path: onPath,
      version: "2.13.0",
      source: "PATH",
    });
    const oldPath = { ...unnamed, PATH: join(folder, "path-old") };
    expect(await findNatsServer({ env: oldPath })).toEqual({
      path: cached,
      version: "2.12.10",
      source: "cache",
    });
  });

  it("[N03] refuses a named one that is too old or does not run, with its version and what is needed", async () => {
    const old = await fake("2.11.9", "named-old");
    const find = (path: string) => findNatsServer({ env: { WARREN_NATS_SERVER: path } });
    await expect(find(old)).rejects.toThrow(/WARREN_NATS_SERVER .*version 2\.11\.9.*2\.12\.0 or newer/);
    await expect(find(join(folder, "missing"))).rejects.toThrow("no program that runs");
  });
});

describe("publishFolder", () => {
  it("[N04] the first of several is kept whole, and one that does not run is replaced", async () => {
    const target = join(folder, "published", "2.15.1");
    await mkdir(join(folder, "published"));
    const publish = async (name: string) => {
      await fake("2.15.1", name);
      return publishFolder(join(folder, name, "nats-server"), target, versionOf, {});
    };
    const paths = await Promise.all(["one", "two", "three"].map(publish));
    expect(new Set(paths)).toEqual(new Set([join(target, "nats-server")]));
    await writeFile(join(target, "nats-server"), "broken");
    await publish("four");
    expect(await findNatsServer({ env: { WARREN_NATS_SERVER: join(target, "nats-server") } })).toBeDefined();
  });
});

describe("startNatsServer", () => {
  it("[N05] listens when it resolves, on a port of its own, and is gone when stop does", async () => {
    const { path } = await ensureNatsServer({ env: process.env });
    const start = (name: string, port?: number) =>
      startNatsServer({ path, dataDir: join(folder, name), ...(port !== undefined && { port }) });
    const [one, two] = await Promise.all([start("one-data"), start("two-data")]);
    expect(one.port).not.toBe(two.port);
    expect(one.url).toBe(`nats://127.0.0.1:${one.port}`);
    await expect(start("three-data", one.port)).rejects.toThrow(
      /ended before it was ready(.|\n)*address already in use/,
    );
    await one.stop();
    expect(() => process.kill(one.pid, 0)).toThrow("ESRCH");
    const again = await start("one-data", one.port);
    expect(again.port).toBe(one.port);
    await Promise.all([again.stop(), two.stop()]);
  });

  it("[N06] says what is wrong when there is no program", async () => {
    const missing = startNatsServer({ path: join(folder, "missing"), dataDir: join(folder, "no-data") });
    await expect(missing).rejects.toThrow("ENOENT");
  });

  it("[N07] ends one that was left behind on the same data, and takes its place", async () => {
    const { path } = await ensureNatsServer({ env: process.env });
    const first = await startNatsServer({ path, dataDir: join(folder, "left"), ownGroup: true });
    const second = await startNatsServer({ path, dataDir: join(folder, "left") });
    await first.exited;
    expect(second.pid).not.toBe(first.pid);
    await second.stop();
  });
});
