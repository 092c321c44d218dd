import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { type Launched, launch } from "@warren/testkit";
import { afterEach, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const processes: Launched[] = [];
// npm hands SIGTERM on; killed, it would leave the server behind.
afterEach(() => Promise.all(processes.splice(0).map((process) => process.end("SIGTERM"))));

function npmStart(env: Record<string, string>): Launched {
  const process = launch("npm", ["start", "--silent"], { cwd: ROOT, env });
  processes.push(process);
  return process;
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const connects = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

it("a second `npm start` neither installs nor builds, takes the ports it is told, and SIGTERM frees them within 3 s", async () => {
  const httpPort = await freePort();
  const roomsPort = await freePort();
  const started = npmStart({ WARREN_HTTP_PORT: String(httpPort), WARREN_ROOMS_PORT: String(roomsPort) });
  const [, url] = await started.said(/^warren ready (.*)$/m);
  expect(url).toBe(`http://127.0.0.1:${httpPort}`);
  expect(started.output()).not.toMatch(/installing|building/);
  expect(await Promise.all([connects(httpPort), connects(roomsPort)])).toEqual([true, true]);

  const stoppedAtMs = performance.now();
  await started.end("SIGTERM");
  expect(performance.now() - stoppedAtMs).toBeLessThan(3_000);
  expect(await Promise.all([connects(httpPort), connects(roomsPort)])).toEqual([false, false]);
});

it("a port in use is one clear line that names the setting", async () => {
  const taken = createServer().listen(0);
  const { port } = taken.address() as { port: number };
  try {
    for (const name of ["WARREN_HTTP_PORT", "WARREN_ROOMS_PORT"]) {
      const started = npmStart({
        WARREN_HTTP_PORT: "0",
        WARREN_ROOMS_PORT: "0",
        WARREN_LOG_LEVEL: "silent",
        [name]: String(port),
      });
      expect(await started.exited).not.toBe(0);
      expect(started.output().trim()).toBe(
        `warren: port ${port} is in use; set ${name} to another port, or 0 for any`,
      );
    }
  } finally {
    taken.close();
  }
});
