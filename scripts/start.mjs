// `npm start`: sets up what is missing and runs `warren dev` in this very process, so that signals reach it directly.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, install, ROOT } from "./setup.mjs";

checkNode();
install("run");
build();
process.argv = [process.execPath, "warren", "dev", ...process.argv.slice(2)];
await import(pathToFileURL(join(ROOT, "apps/warren/dist/main.js")).href);
