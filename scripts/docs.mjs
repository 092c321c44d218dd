// Writes docs/errors.md and docs/config.md from their tables (`pnpm docs`); with --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./setup.mjs";

const load = (file) => import(pathToFileURL(join(ROOT, file)).href);
const { ERRORS } = await load("packages/protocol/dist/index.js");
const { envName, flagName } = await load("packages/service/dist/index.js");
const { COMMANDS } = await load("apps/warren/dist/commands/index.js");

const check = process.argv.includes("--check");
let stale = 0;
page("docs/errors.md", errors());
page("docs/config.md", config());
process.exit(stale === 0 ? 0 : 1);

function page(file, text) {
  const path = join(ROOT, file);
  if (!check) return writeFileSync(path, text);
  let known = "";
  try {
    known = readFileSync(path, "utf8");
  } catch {
    // not written yet
  }
  if (known === text) return;
  stale++;
  process.stdout.write(`${file} is not what its table says; run \`pnpm docs\`\n`);
}

function errors() {
  const rows = Object.entries(ERRORS).map(
    ([code, { http, grpc, close, retry, text }]) =>
      `| \`${code}\` | ${http} | ${grpc} | ${close} | ${retry} | ${text} |`,
  );
  return `# Errors

Made from \`packages/protocol/src/error-table.ts\` by \`pnpm docs\`. The code is stable; the message beside it says what was wrong, with the value and the accepted range.

REST answers with an RFC 9457 problem that has \`code\` and \`retry\`; a WebSocket is closed with the number and the reason \`CODE: message\`; a gRPC status carries the code as metadata.

Retry: **never**: the same request cannot succeed · **later**: repeat it after a pause · **resume**: open a new socket and RESUME · **reseat**: ask REST for a fresh seat first. Close numbers from 4000 to 4499 mean reconnect and RESUME, from 4500 to 4999 they are final for the session.

| code | HTTP | gRPC | close | retry | meaning |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function config() {
  const parts = COMMANDS.map(({ name, args, text, options }) => {
    const rows = Object.entries(options).map(
      ([key, option]) =>
        `| \`${flagName(key)}\` | \`${envName(key)}\` | ${option.shown === "" ? "" : `\`${option.shown}\``} | ${option.accepted} | ${option.text}${option.secret ? " (secret)" : ""} |`,
    );
    return `## \`warren ${name}${args ? ` ${args}` : ""}\`

${text}.
${rows.length === 0 ? "" : `\n| flag | environment | default | accepted | what |\n|---|---|---|---|---|\n${rows.join("\n")}\n`}`;
  });
  return `# Settings

Made from the option tables by \`pnpm docs\`. A flag wins over the environment, the environment over the default. All problems are reported at once. Secrets belong into the environment: command lines are visible to others on the machine.

${parts.join("\n")}
## What runs beside

The edge and the NATS servers have settings of their own, listed where they are used: [infra/edge/Caddyfile](../infra/edge/Caddyfile) (\`WARREN_EDGE_…\`) and [infra/nats/nats-server.conf](../infra/nats/nats-server.conf) (\`NATS_…\`). \`WARREN_NATS_SERVER\` is the nats-server that \`warren up\` starts, a path, instead of one on PATH or one that is fetched.
`;
}
