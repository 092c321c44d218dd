// Set-up that both `npm start` and `npm test` need, with nothing but Node and npm: install, then build, each only when
// something changed since the last time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STAMP = join(ROOT, "node_modules", ".warren-setup.json");
const NODE_MIN = [20, 19];

/** Ends with one clear line. */
export function stop(message) {
  process.stderr.write(`warren: ${message}\n`);
  process.exit(1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    stop(`Node ${process.versions.node} is too old; install Node ${NODE_MIN.join(".")} or newer`);
  }
}

/** Installs what `wanted` needs: "run" (no test tools) or "all". A full install serves both and is never cut down. */
export function install(wanted) {
  const scope = existsSync(join(ROOT, "node_modules", "vitest")) ? "all" : wanted;
  const hash = hashOf(["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]);
  const { installed } = stamp();
  if (installed?.hash === hash && (installed.scope === "all" || installed.scope === scope)) return;
  note(`installing packages (${scope === "run" ? "what a server runs" : "with test tools"})`);
  pnpm(
    ["install", "--frozen-lockfile", ...(scope === "run" ? ["--prod"] : [])],
    "installing packages failed",
  );
  setStamp({ installed: { hash, scope }, built: stamp().built });
}

export function build() {
  const hash = hashOf(["tsconfig.base.json", "tsconfig.json", "turbo.json", "pnpm-lock.yaml", ...sources()]);
  const { installed, built } = stamp();
  // An install clears the folder of commands, so the link is made whenever it is missing.
  if (built === hash && existsSync(join(ROOT, "apps/warren/dist/main.js"))) return linkCommand();
  note("building");
  pnpm(["run", "build"], "building failed");
  linkCommand();
  setStamp({ installed, built: hash });
}

/** Makes `npx warren` work in this folder. The root package must not depend on the command's: every package depends on the root. */
function linkCommand() {
  const link = join(ROOT, "node_modules", ".bin", "warren");
  if (existsSync(link)) return;
  mkdirSync(join(ROOT, "node_modules", ".bin"), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join(ROOT, "apps", "warren", "bin", "warren.mjs"), link);
}

/** Runs the pinned pnpm; its output is shown only when it fails. */
export function pnpm(args, failure) {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["exec", "--yes", `--package=${packageManager}`, "--", "pnpm", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, CI: "true", TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  stop(`${failure}; the reason is above${result.error ? ` (${result.error.message})` : ""}`);
}

export function note(text) {
  process.stderr.write(`warren: ${text}\n`);
}

function stamp() {
  try {
    return JSON.parse(readFileSync(STAMP, "utf8"));
  } catch {
    return {};
  }
}

function setStamp(value) {
  mkdirSync(join(ROOT, "node_modules"), { recursive: true });
  writeFileSync(STAMP, JSON.stringify(value));
}

function folders() {
  return ["apps", "packages"].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
  );
}

function manifests() {
  return ["package.json", ...folders().map((folder) => join(folder, "package.json"))].filter((file) =>
    existsSync(join(ROOT, file)),
  );
}

function sources() {
  return folders().flatMap((folder) => [
    ...["package.json", "tsconfig.json"].map((name) => join(folder, name)),
    ...filesBelow(join(folder, "src")),
  ]);
}

function filesBelow(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of [...files].sort()) {
    if (!existsSync(join(ROOT, file))) continue;
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  }
  return hash.digest("hex");
}
