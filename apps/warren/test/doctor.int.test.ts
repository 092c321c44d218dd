import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { eventually, launch } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newCa, newCertificate } from "../src/certificate.ts";
import { writeKeys } from "../src/write-keys.ts";
import { MAIN } from "./processes.ts";

const DAY_MS = 86_400_000;
let folder: string;
let path: string;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-doctor-"));
  ({ path } = await ensureNatsServer({ env: process.env }));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the command says of NATS, keys or TLS, and its exit code. */
async function doctor(env: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
  const { PATH = "", HOME = "", WARREN_NATS_SERVER = "" } = process.env;
  const child = spawn(process.execPath, [MAIN, "doctor", "--http-port=0", "--rooms-port=0"], {
    env: { PATH, HOME, WARREN_NATS_SERVER, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, lines: text.split("\n").filter((line) => /^. (NATS|keys|TLS) /.test(line)) };
}

/** A nats-server with a configuration of its own. */
async function natsWith(lines: string[], { jetStream = true } = {}): Promise<number> {
  const dir = await mkdtemp(join(folder, "nats-"));
  const file = join(dir, "nats.conf");
  const store = jetStream ? [`jetstream { store_dir: "${dir}" }`] : [];
  await writeFile(file, ["port: -1", ...store, ...lines].join("\n"));
  const server = launch(path, ["-c", file]);
  closing.push(() => server.end("SIGKILL"));
  const [, port] = await server.said(/Listening for client connections on \S+:(\d+)[\s\S]*Server is ready/);
  return Number(port);
}

describe("warren doctor on NATS", () => {
  it("a nats-server on loopback is good: writers race on it, and nothing is left behind", async () => {
    const dataDir = await mkdtemp(join(folder, "nats-"));
    const nats = await startNatsServer({ path, dataDir });
    closing.push(() => nats.stop());
    const { code, lines } = await doctor({ WARREN_NATS_URL: nats.url });
    expect(lines).toEqual([
      expect.stringMatching(/^✓ NATS +127\.0\.0\.1:\d+ is 2\.\d+\.\d+ with JetStream$/),
      expect.stringMatching(/^✓ NATS +127\.0\.0\.1:\d+ takes everybody, on loopback only$/),
      expect.stringMatching(
        /^✓ NATS +compare-and-set holds: 40 races of 6 for one place of a stream on one server/,
      ),
      expect.stringMatching(/^! NATS +how often servers write to disk \(`sync_interval`\) cannot be seen/),
    ]);
    expect(code).toBe(0);
    // A nats-server says that a stream is gone before its files are.
    await eventually(async () => {
      const left = await readdir(join(dataDir, "jetstream", "$G", "streams"));
      return left.length === 0 ? undefined : `left behind: ${left}`;
    });
  });

  it("one that listens on every address and takes everybody is refused", async () => {
    const port = await natsWith(["host: 0.0.0.0"]);
    const { code, lines } = await doctor({ WARREN_NATS_URL: `nats://127.0.0.1:${port}` });
    expect(lines.join("\n")).toMatch(
      /✗ NATS +127\.0\.0\.1:\d+ takes everybody who can reach it, and it listens on 0\.0\.0\.0/,
    );
    expect(lines.join("\n")).not.toMatch(/compare-and-set/);
    expect(code).toBe(1);
  });

  it("one that asks who connects is taken with its token, with a word on TLS, and refused without", async () => {
    const port = await natsWith(["host: 0.0.0.0", 'authorization { token: "s3cret" }']);
    const url = `nats://127.0.0.1:${port}`;
    const good = await doctor({ WARREN_NATS_URL: url, WARREN_NATS_TOKEN: "s3cret" });
    expect(good.lines.join("\n")).toMatch(/! NATS +\S+ asks who connects, but does not demand TLS/);
    expect(good.lines.join("\n")).toMatch(/✓ NATS +compare-and-set holds/);
    expect(good.lines.join("\n")).not.toMatch(/s3cret/);
    expect(good.code).toBe(0);
    const bad = await doctor({ WARREN_NATS_URL: url });
    expect(bad.lines.join("\n")).toMatch(/✗ NATS +127\.0\.0\.1:\d+ cannot be reached: .*authorization/i);
    expect(bad.code).toBe(1);
  });

  it("one without JetStream is refused", async () => {
    const port = await natsWith(["host: 127.0.0.1"], { jetStream: false });
    const { code, lines } = await doctor({ WARREN_NATS_URL: `nats://127.0.0.1:${port}` });
    expect(lines[0]).toMatch(/✗ NATS +\S+ runs without JetStream/);
    expect(code).toBe(1);
  });

  it("one that is too old is refused with the reason, and so is a cluster with one such server", async () => {
    const old = await oldServer();
    const alone = await doctor({ WARREN_NATS_URL: `nats://127.0.0.1:${old}` });
    expect(alone.lines[0]).toMatch(
      /✗ NATS +\S+: nats-server is 2\.9\.10; Warren needs 2\.12\.0 or newer: .*compare-and-set/,
    );
    expect(alone.code).toBe(1);

    const nats = await startNatsServer({ path, dataDir: await mkdtemp(join(folder, "nats-")) });
    closing.push(() => nats.stop());
    const mixed = await doctor({ WARREN_NATS_URL: `${nats.url},nats://127.0.0.1:${old}` });
    expect(mixed.lines.join("\n")).toMatch(/✗ NATS +\S+: nats-server is 2\.9\.10/);
    expect(mixed.lines.join("\n")).not.toMatch(/races/);
    expect(mixed.code).toBe(1);
  });
});

/** Says what a nats-server of Debian 12 says, and answers pings. */
async function oldServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const info = {
      server_id: "OLD",
      version: "2.9.10",
      proto: 1,
      host: "127.0.0.1",
      headers: true,
      jetstream: true,
      max_payload: 1_048_576,
    };
    socket.write(`INFO ${JSON.stringify(info)} \r\n`);
    socket.on("data", (bytes) => {
      if (bytes.includes("PING")) socket.write("PONG\r\n");
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("warren doctor on keys", () => {
  const make = (out: string, days: number, nowMs = Date.now()) =>
    writeKeys({ out: join(folder, out), roles: ["rooms"], days, nowMs });

  it("good ones are named with their role and end", async () => {
    await make("good", 90);
    const { code, lines } = await doctor({ WARREN_KEYS: join(folder, "good/rooms") });
    expect(lines).toEqual([expect.stringMatching(/^✓ keys +\S+cert\.pem is for the role rooms, until /)]);
    expect(code).toBe(0);
  });

  it("a certificate that ends soon and a key everybody can read are warned of", async () => {
    await make("soon", 20);
    await chmod(join(folder, "soon/rooms/key.pem"), 0o644);
    const { code, lines } = await doctor({ WARREN_KEYS: join(folder, "soon/rooms") });
    expect(lines).toEqual([
      expect.stringMatching(/^! keys +\S+cert\.pem ends in (19|20) days/),
      expect.stringMatching(/^! keys +\S+key\.pem can be read by everybody on this machine; chmod o= /),
    ]);
    expect(code).toBe(0);
  });

  it.each([
    ["another-ca", "other/ca/ca.pem", "ca.pem", /✗ keys +the certificate in \S+ is not of the CA in/],
    ["another-key", "other/rooms/key.pem", "key.pem", /✗ keys +\S+key\.pem is not the key of/],
    ["an-old-certificate", undefined, "", /✗ keys +the certificate in \S+ ended at/],
  ])("%s is refused", async (title, from, to, message) => {
    await Promise.all([make("other", 90), make(title, 90, from ? Date.now() : Date.now() - 100 * DAY_MS)]);
    if (from) await cp(join(folder, from), join(folder, title, "rooms", to));
    const { code, lines } = await doctor({ WARREN_KEYS: join(folder, title, "rooms") });
    expect(lines.join("\n")).toMatch(message);
    expect(code).toBe(1);
  });

  it("the certificate for players is looked at the same way", async () => {
    const { cert, key } = await newCertificate(await newCa(Date.now()), {
      name: "play",
      names: [{ type: "dns", value: "play.example.com" }],
      days: 10,
      nowMs: Date.now(),
    });
    const files = { WARREN_HTTP_TLS_CERT: join(folder, "c.pem"), WARREN_HTTP_TLS_KEY: join(folder, "k.pem") };
    await writeFile(files.WARREN_HTTP_TLS_CERT, cert);
    await writeFile(files.WARREN_HTTP_TLS_KEY, key, { mode: 0o600 });
    expect((await doctor(files)).lines).toEqual([
      expect.stringMatching(/^! TLS +\S+c\.pem ends in (9|10) days/),
    ]);
  });
});
