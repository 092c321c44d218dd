import { bench } from "./bench.ts";

// Who reads may have read enough, as `head` does.
process.stdout.on("error", () => process.exit());
try {
  await bench(process.argv.slice(2), {
    print: (text) => process.stdout.write(text),
    say: (line) => process.stderr.write(`bench: ${line}\n`),
  });
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
