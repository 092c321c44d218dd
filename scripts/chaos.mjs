// `pnpm chaos`: sets up what is missing and runs the fault scenarios in this very process, so that signals reach it directly.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, install, ROOT } from "./setup.mjs";

checkNode();
install("run");
build();
await import(pathToFileURL(join(ROOT, "apps/chaos/dist/main.js")).href);
