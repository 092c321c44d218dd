import { once } from "node:events";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { get } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { ConfigError, createLogger } from "@warren/service";
import { eventually } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openHttpTls } from "./http-tls.ts";
import { FIRST, SECOND } from "./testing/certificates.ts";
import { createTlsServer } from "./tls-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Times short enough to wait for. */
const SHORT = { firstBytesMs: 100, headersMs: 120, checkMs: 20, sessionIdleMs: 120, drainMs: 5_000 };

type Server = ReturnType<typeof createTlsServer>;

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const newServer = (times?: typeof SHORT) =>
  createTlsServer(
    FIRST,
    (request, response) => {
      if (request.url === "/stream") return void response.writeHead(200).write("begun\n");
      response.end(`HTTP/${request.httpVersion}`);
    },
    times,
  );

async function open(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  closing.push(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

describe("one TLS port for HTTP/1.1 and HTTP/2", () => {
  it("speaks what the client asks for by ALPN", async () => {
    const port = await listen(newServer());
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    closing.push(() => session.destroy());
    const [chunk] = (await once(session.request({ ":path": "/" }), "data")) as [Buffer];
    expect(chunk.toString()).toBe("HTTP/2.0");
    expect(session.alpnProtocol).toBe("h2");

    const text = await new Promise((resolve) =>
      get({ port, host: "127.0.0.1", rejectUnauthorized: false, agent: false }, (response) =>
        response.once("data", (data: Buffer) => resolve(data.toString())),
      ),
    );
    expect(text).toBe("HTTP/1.1");
    // A client of old asks for nothing.
    const socket = await open(port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
  });

  it("takes TLS 1.2 and 1.3, and nothing older", async () => {
    const port = await listen(newServer());
    expect((await open(port)).getProtocol()).toBe("TLSv1.3");
    expect((await open(port, { maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
    const old = open(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    await expect(old).rejects.toThrow(/protocol version/);
  });

  it.each([
    ["nothing", ""],
    ["what is no TLS", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["half of a TLS greeting", "\x16\x03\x01"],
  ])("who sends %s is cut off", async (_title, bytes) => {
    const socket = connectTcp(await listen(newServer(SHORT)), "127.0.0.1");
    closing.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.write(bytes, "latin1");
    await once(socket, "close");
  });

  it.each([
    ["HTTP/1.1 that never begins", [], ""],
    ["a head of HTTP/1.1 that never ends", ["http/1.1"], "GET / HTTP/1.1\r\nHost:"],
    ["HTTP/2 that never begins", ["h2"], "PRI * HTTP/2.0\r\n"],
  ])("who speaks TLS and sends %s is cut off", async (_title, ALPNProtocols, bytes) => {
    const socket = await open(await listen(newServer(SHORT)), { ALPNProtocols });
    socket.on("error", () => {});
    socket.resume();
    socket.write(bytes);
    await once(socket, "close");
  });

  it("an HTTP/2 session that falls silent is cut off", async () => {
    const port = await listen(newServer(SHORT));
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    closing.push(() => session.destroy());
    await once(session.request({ ":path": "/stream" }), "data");
    await once(session, "close");
  });

  it("closing does not wait for streams", async () => {
    const server = newServer();
    const port = await listen(server);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/stream" });
    stream.on("error", () => {});
    session.on("error", () => {});
    await once(stream, "data");
    const socket = await open(port);
    server.close();
    await Promise.all([once(session, "close"), once(socket, "close"), once(server, "close")]);
  });
});

describe("a certificate on disk", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-tls-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, { cert, key }: typeof FIRST) {
    const files = {
      httpTlsCert: join(folder, `${name}-cert.pem`),
      httpTlsKey: join(folder, `${name}-key.pem`),
    };
    await writeFile(files.httpTlsCert, cert);
    await writeFile(files.httpTlsKey, key, { mode: 0o600 });
    return files;
  }

  function hearing() {
    const said: string[] = [];
    const log = createLogger({ name: "test", level: "silent", format: "json" });
    const hear = (about: { event: string }) => void said.push(about.event);
    return { log: Object.assign(log, { info: hear, warn: hear }), said };
  }

  it("that changes is used for new connections; one that cannot be used is told and the old one stays", async () => {
    const files = await write("live", FIRST);
    const { log, said } = hearing();
    const tls = await openHttpTls(files, log);
    closing.push(() => tls?.close());
    const port = await listen(tls?.createServer((_request, response) => response.end()) as Server);
    const subject = async () => (await open(port)).getPeerCertificate().subject.CN;
    expect(await subject()).toBe("first");
    const early = await open(port);
    const heard = (event: string) =>
      eventually(() => (said.includes(event) ? undefined : `${event} is not logged`));

    await writeFile(files.httpTlsCert, SECOND.cert);
    process.emit("SIGHUP");
    await heard("tls.unusable");
    expect(await subject()).toBe("first");

    await writeFile(files.httpTlsKey, SECOND.key);
    process.emit("SIGHUP");
    await heard("tls.renewed");
    expect(await subject()).toBe("second");
    // Who was there before is not disturbed.
    early.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(String((await once(early, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
  });

  it("whose key everybody can read is warned of", async () => {
    const files = await write("open", FIRST);
    const { log, said } = hearing();
    closing.push((await openHttpTls(files, log))?.close ?? (() => {}));
    expect(said).not.toContain("keys.open");
    await chmod(files.httpTlsKey, 0o644);
    closing.push((await openHttpTls(files, log))?.close ?? (() => {}));
    expect(said).toContain("keys.open");
  });

  it("that cannot be used at start is told with both options", async () => {
    const { log } = hearing();
    const files = await write("bad", FIRST);
    const opening = (changed: Partial<typeof files>) => openHttpTls({ ...files, ...changed }, log);
    await expect(opening({ httpTlsKey: "" })).rejects.toThrow(
      /--http-tls-cert has no --http-tls-key beside it/,
    );
    await expect(opening({ httpTlsCert: "" })).rejects.toThrow(/--http-tls-key has no --http-tls-cert/);
    await expect(opening({ httpTlsCert: join(folder, "gone.pem") })).rejects.toThrow(/ENOENT.*gone\.pem/);
    await expect(opening({ httpTlsCert: files.httpTlsKey })).rejects.toThrow(/holds no certificate/);
    await copyFile((await write("other", SECOND)).httpTlsKey, files.httpTlsKey);
    const unfit = opening({});
    await expect(unfit).rejects.toThrow(/bad-key\.pem is not the key of the certificate in .*bad-cert\.pem/);
    await expect(unfit).rejects.toBeInstanceOf(ConfigError);
  });
});
