// Generates again what is committed and compares: protobuf code, docs/errors.md, docs/config.md, the page of benchmarks
// and README's figures.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "./setup.mjs";

const GENERATED = "packages/protocol/src/gen";
const kept = mkdtempSync(join(tmpdir(), "warren-gen-"));
cpSync(join(ROOT, GENERATED), kept, { recursive: true });
const problems = [];
/** Options of other programs that the documents name. */
const OTHERS = new Set(["--config", "--json", "--help"]);
try {
  for (const template of ["buf.gen.services.yaml", "buf.gen.session.yaml"]) {
    const { status, stderr } = spawnSync("buf", ["generate", "--template", template], {
      cwd: ROOT,
      encoding: "utf8",
    });
    if (status !== 0) problems.push(`buf generate failed: ${stderr}`);
  }
  for (const entry of readdirSync(kept, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name).slice(kept.length + 1);
    if (!readFileSync(join(kept, file)).equals(readFileSync(join(ROOT, GENERATED, file))))
      problems.push(`${GENERATED}/${file} is not what the .proto files say; run \`pnpm proto\``);
  }
} finally {
  cpSync(kept, join(ROOT, GENERATED), { recursive: true });
  rmSync(kept, { recursive: true, force: true });
}
for (const [script, ...args] of [["scripts/docs.mjs"], ["apps/bench/dist/main.js", "report"]]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, script), ...args, "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) problems.push(stdout + stderr);
}

// Whatever names a setting names one that there is: of a process in docs/config.md, or of what is in infra.
const textOf = (...files) => files.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
const listOf = (folder, suffix) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
const namesIn = (text) =>
  new Set(text.match(/\bWARREN_[A-Z0-9_]*[A-Z0-9]\b|(?<=[\s`([])--[a-z][a-z-]+\b/g) ?? []);
const infra = listOf("infra", "");
const known = namesIn(textOf("docs/config.md", ...infra));
const told = ["README.md", ...infra, "docs/cluster.md", "docs/ratings.md"];
for (const file of told)
  for (const name of namesIn(textOf(file)))
    if (!known.has(name) && !OTHERS.has(name)) problems.push(`${file} names ${name}, which is no setting`);
const ownSource = listOf("apps/warren/src", ".ts")
  .concat(listOf("packages/cluster/src", ".ts"), listOf("packages/service/src", ".ts"))
  .filter((file) => !/\.test\.ts$|\.int\.test\.ts$/.test(file));
for (const name of namesIn(textOf(...ownSource)))
  if (name.startsWith("WARREN_") && !known.has(name)) problems.push(`docs/config.md does not list ${name}`);
if (problems.length > 0) {
  process.stdout.write(`${problems.join("\n")}\n`);
  process.exit(1);
}
