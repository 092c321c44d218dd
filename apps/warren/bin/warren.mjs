#!/usr/bin/env node
// The command's name in node_modules/.bin, there before anything is built.
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (!existsSync(main)) {
  process.stderr.write("warren: nothing is built yet; run `npm start` once, or `pnpm build`\n");
  process.exit(1);
}
await import(main.href);
