// Generates again what is committed and compares: protobuf code, docs/errors.md, docs/config.md.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./setup.mjs";

const GENERATED = "packages/protocol/src/gen";
const kept = mkdtempSync(join(tmpdir(), "warren-gen-"));
cpSync(join(ROOT, GENERATED), kept, { recursive: true });
const problems = [];
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
const docs = spawnSync(process.execPath, [join(ROOT, "scripts/docs.mjs"), "--check"], {
  cwd: ROOT,
  encoding: "utf8",
});
if (docs.status !== 0) problems.push(docs.stdout + docs.stderr);
if (problems.length > 0) {
  process.stdout.write(`${problems.join("\n")}\n`);
  process.exit(1);
}
