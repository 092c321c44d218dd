import { SCENARIOS } from "./scenarios.ts";

const [name = "--help", ...args] = process.argv.slice(2);
const known = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;

try {
  if ([name, ...args].includes("--help"))
    for (const [each, { help }] of Object.entries(SCENARIOS))
      process.stdout.write(`pnpm chaos ${each}${help}`);
  else if (!known)
    throw new Error(`there is no scenario ${name}; accepted: ${Object.keys(SCENARIOS).join(", ")}`);
  else process.exitCode = await known.run(args, (line) => process.stderr.write(`chaos: ${line}\n`));
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
