import { spawn } from "node:child_process";

/** Runs a program to its end with `input`, and answers what it printed; rejects with what it complained of. */
export function run(command: readonly string[], input = ""): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    let complained = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complained += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${command.join(" ")}: ${complained.trim() || `ended with ${code}`}`));
    });
    child.stdin.on("error", () => {}); // it ended before it read all; the exit code says why
    child.stdin.end(input);
  });
}
