// `npm test`: sets up everything the tests need, real parts included, then runs every check and every test.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, install, note, ROOT, stop } from "./setup.mjs";

const startedMs = performance.now();
checkNode();
install("all");
build();
Object.assign(process.env, {
  WARREN_CHROMIUM: systemProgram({
    name: "Chromium",
    for: "the browser tests",
    setting: "WARREN_CHROMIUM",
    programs: ["chromium", "chromium-browser", "google-chrome"],
    packages: "chromium",
  }),
  WARREN_CC: systemProgram({
    name: "a C compiler",
    for: "the benchmarks",
    setting: "WARREN_CC",
    programs: ["cc", "gcc", "clang", "tcc"],
    packages: "gcc libc6-dev",
  }),
  WARREN_NATS_SERVER: await natsServer(),
  WARREN_CADDY: await caddy(),
});
note(`set-up took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
await import("./check.mjs");

/** Path of a program of the system's; on Debian and Ubuntu it is installed by apt. */
function systemProgram({ name, for: what, setting, programs, packages }) {
  const found = process.env[setting] ?? onPath(programs);
  if (found) return found;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages}`;
  if (!onPath(["apt-get"])) stop(`${what} need ${name}; install it and set ${setting} to its path`);
  if (process.getuid?.() !== 0) stop(`${what} need ${name}; run: sudo sh -c '${command}'`);
  note(`installing ${name}`);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 64 * 1024 * 1024,
  });
  const installed = onPath(programs);
  if (status === 0 && installed) return installed;
  process.stderr.write(`${stdout}${stderr}`);
  return stop(`${packages} could not be installed; the reason is above. Run it by hand: ${command}`);
}

async function natsServer() {
  const { ensureNatsServer } = await import(
    pathToFileURL(join(ROOT, "packages/cluster/dist/nats-server/index.js")).href
  );
  try {
    return (await ensureNatsServer({ env: process.env, onStep: note })).path;
  } catch (error) {
    return stop(error.message);
  }
}

async function caddy() {
  const { ensureCaddy } = await import(pathToFileURL(join(ROOT, "packages/testbed/dist/index.js")).href);
  try {
    return await ensureCaddy({ env: process.env, onStep: note });
  } catch (error) {
    return stop(`the tests of the edge need Caddy; set WARREN_CADDY to its path. ${error.message}`);
  }
}

function onPath(names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here
      }
    }
  }
  return undefined;
}
