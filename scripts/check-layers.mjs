// Runs `turbo boundaries` and makes sure it looked at something: a checker that sees nothing passes everything.
import { spawnSync } from "node:child_process";

const FILES_MIN = 100;
const { status, stdout, stderr } = spawnSync("turbo", ["boundaries", "--no-color"], { encoding: "utf8" });
const output = `${stdout}${stderr}`;
const files = Number(output.match(/Checked (\d+) files/)?.[1] ?? 0);
if (status !== 0 || files < FILES_MIN) {
  process.stdout.write(output);
  if (files < FILES_MIN)
    process.stdout.write(`turbo boundaries looked at ${files} files; expected ${FILES_MIN} or more\n`);
  process.exit(1);
}
