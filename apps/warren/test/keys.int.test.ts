import { X509Certificate } from "node:crypto";
import { chmod, copyFile, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { MatchmakerServiceClient, MatchmakerServiceService } from "@warren/protocol/services";
import {
  ConfigError,
  createLogger,
  fromServiceError,
  NO_KEYS,
  openKeys,
  type Role,
  type RunningGrpcServer,
  roleHostName,
  roleOf,
  type ServiceKeys,
  startGrpcServer,
} from "@warren/service";
import { eventually, launch } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { writeKeys } from "../src/write-keys.ts";
import { MAIN } from "./processes.ts";

// Certificates as `warren keys` makes them, real TLS, real gRPC. The servers' own methods answer at once.

const DAY_MS = 86_400_000;
const log = createLogger({ name: "test", level: "silent", format: "json" });
const ALL = ["matchmaker", "rooms", "backend"] as const;
let folder: string;
const closing: (() => void)[] = [];
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-keys-"));
  const make = (name: string) => writeKeys({ out: at(name), roles: ALL, days: 90, nowMs: Date.now() });
  await Promise.all([make("ours"), make("theirs")]);
  // Of the same CA, and over.
  await cp(at("ours", "ca"), at("expired", "ca"), { recursive: true });
  await writeKeys({ out: at("expired"), roles: ALL, days: 90, nowMs: Date.now() - 91 * DAY_MS });
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(name: string, role: Role): Promise<ServiceKeys> {
  const keys = await openKeys({ keys: at(name, role) }, role, log);
  closing.push(() => keys.close());
  return keys;
}

/** A MatchmakerService that takes whatever it is told. */
async function serve(keys: ServiceKeys): Promise<RunningGrpcServer> {
  const server = await startGrpcServer({
    host: "127.0.0.1",
    port: 0,
    keys,
    service: MatchmakerServiceService,
    handlers: {
      reportResults(stream: NodeJS.ReadableStream, answer: (error: null, value: object) => void) {
        stream.on("end", () => answer(null, {}));
        stream.resume();
      },
      watchTicket: (stream: { end(): void }) => stream.end(),
    },
    ready: () => true,
  });
  closing.push(() => server.close());
  return server;
}

interface Access {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** What a client gets for `ReportResults`: undefined when it is taken. */
async function report({ port }: RunningGrpcServer, access: Access): Promise<ServiceError | undefined> {
  const client = new MatchmakerServiceClient(`127.0.0.1:${port}`, access.credentials, access.options);
  closing.push(() => client.close());
  return new Promise((resolve) => {
    const call = client.reportResults(new Metadata(), { deadline: Date.now() + 5_000 }, (error) =>
      resolve(error ?? undefined),
    );
    call.on("error", () => {});
    call.end();
  });
}

/** A client that takes our servers and shows what it likes. */
async function showing(shown: string | undefined, to: Role = "matchmaker"): Promise<Access> {
  const read = (name: string) => readFile(at(shown ?? "", name));
  const ca = await readFile(at("ours/ca/ca.pem"));
  return {
    credentials: shown
      ? credentials.createSsl(ca, await read("key.pem"), await read("cert.pem"))
      : credentials.createSsl(ca),
    options: { "grpc.ssl_target_name_override": roleHostName(to) },
  };
}

describe("a server with keys", () => {
  it("takes a client whose role may call the method", async () => {
    const server = await serve(await open("ours", "matchmaker"));
    expect(await report(server, (await open("ours", "rooms")).client("matchmaker"))).toBeUndefined();
    expect(await report(server, await showing("ours/rooms"))).toBeUndefined();
  });

  it.each(["matchmaker", "backend"] as const)("refuses %s, which may not call it, by name", async (role) => {
    const server = await serve(await open("ours", "matchmaker"));
    const error = await report(server, (await open("ours", role)).client("matchmaker"));
    expect(error?.details).toBe(
      `the role ${role} may not call /warren.matchmaking.v1.MatchmakerService/ReportResults; accepted: rooms`,
    );
    expect(error?.code).toBe(status.PERMISSION_DENIED);
    expect(fromServiceError(error as ServiceError).code).toBe("FORBIDDEN");
  });

  it.each([
    ["of another CA", "theirs/rooms"],
    ["that has expired", "expired/rooms"],
    ["that is none", undefined],
  ])("refuses a certificate %s", async (_title, shown) => {
    const server = await serve(await open("ours", "matchmaker"));
    const error = await report(server, await showing(shown));
    expect(error?.code).toBe(status.UNAVAILABLE);
  });

  it("refuses a client without TLS", async () => {
    const server = await serve(await open("ours", "matchmaker"));
    expect((await report(server, NO_KEYS.client("matchmaker")))?.code).toBe(status.UNAVAILABLE);
  });
});

describe("a client with keys", () => {
  const rooms = async () => (await open("ours", "rooms")).client("matchmaker");

  it("does not talk to a server without TLS, or of another CA", async () => {
    expect((await report(await serve(NO_KEYS), await rooms()))?.code).toBe(status.UNAVAILABLE);
    const theirs = await serve(await open("theirs", "matchmaker"));
    expect((await report(theirs, await rooms()))?.details).toMatch(/unable to verify|self.signed/);
  });

  it("does not talk to a server of another role, though it is of the same CA", async () => {
    const impostor = await serve(await open("ours", "rooms"));
    expect((await report(impostor, await rooms()))?.details).toMatch(/matchmaker\.warren/);
  });
});

describe("keys that cannot be used are told at start", () => {
  const cases: [title: string, file: string, from: string | undefined, message: RegExp][] = [
    ["a missing file", "cert.pem", undefined, /--keys: .*ENOENT.*cert\.pem/],
    ["a key of another certificate", "key.pem", "ours/matchmaker/key.pem", /key\.pem is not the key of/],
    ["no key", "key.pem", "ours/rooms/cert.pem", /key\.pem holds no private key/],
    ["no certificate", "cert.pem", "ours/rooms/key.pem", /cert\.pem holds no certificate/],
    ["another CA", "ca.pem", "theirs/ca/ca.pem", /cert\.pem is not of the CA in/],
  ];
  it.each(cases)("%s", async (_title, file, from, message) => {
    const broken = await mkdtemp(at("broken-"));
    await cp(at("ours/rooms"), broken, { recursive: true });
    if (from === undefined) await rm(join(broken, file));
    else await copyFile(at(from), join(broken, file));
    const opening = openKeys({ keys: broken }, "rooms", log);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(ConfigError);
  });

  it("of another role, or over", async () => {
    await expect(openKeys({ keys: at("ours/backend") }, "rooms", log)).rejects.toThrow(
      /is for the role backend; accepted: rooms/,
    );
    await expect(openKeys({ keys: at("expired/rooms") }, "rooms", log)).rejects.toThrow(
      /ended at .*; make a new one with `warren keys`/,
    );
  });
});

describe("keys that change", () => {
  it("are used for new connections; what cannot be used is told and the old ones stay", async () => {
    const names = { server: at("changing", "matchmaker"), client: at("changing", "rooms") };
    const renew = () => writeKeys({ out: at("changing"), roles: ALL, days: 90, nowMs: Date.now() });
    await cp(at("ours", "ca"), at("changing", "ca"), { recursive: true });
    await renew();
    const said: string[] = [];
    const hearing = createLogger({ name: "test", level: "silent", format: "json" });
    Object.assign(hearing, {
      info: (about: { event: string }) => said.push(about.event),
      warn: (about: { event: string }) => said.push(about.event),
    });
    const keys = await openKeys({ keys: names.server }, "matchmaker", hearing);
    closing.push(() => keys.close());
    const server = await serve(keys);
    const heard = (event: string) =>
      eventually(() => (said.includes(event) ? undefined : `${event} is not logged`));
    const lookAgain = () => process.emit("SIGHUP");

    // Half a change: the certificate is new, the key is not.
    await copyFile(at("ours/matchmaker/cert.pem"), join(names.server, "cert.pem"));
    lookAgain();
    await heard("keys.unusable");
    expect(await report(server, await showing("ours/rooms"))).toBeUndefined();

    // The whole of it, with another CA: who shows a certificate of the old one is refused from now on.
    for (const file of ["ca.pem", "cert.pem", "key.pem"])
      await copyFile(at("theirs/matchmaker", file), join(names.server, file));
    lookAgain();
    await heard("keys.renewed");
    expect((await report(server, await showing("ours/rooms")))?.code).toBe(status.UNAVAILABLE);
    expect(await report(server, (await open("theirs", "rooms")).client("matchmaker"))).toBeUndefined();
  });

  it("may name two CAs, while one replaces the other", async () => {
    const both = Buffer.concat(
      await Promise.all(["theirs", "ours"].map((name) => readFile(at(name, "ca/ca.pem")))),
    );
    await cp(at("ours/matchmaker"), at("both"), { recursive: true });
    await writeFile(at("both/ca.pem"), both);
    const keys = await openKeys({ keys: at("both") }, "matchmaker", log);
    closing.push(() => keys.close());
    const server = await serve(keys);
    expect(await report(server, await showing("ours/rooms"))).toBeUndefined();
    expect(await report(server, await showing("theirs/rooms"))).toBeUndefined();
    expect((await report(server, await showing("ours/backend")))?.code).toBe(status.PERMISSION_DENIED);
  });

  it("are used by clients that have been there before", async () => {
    const client = await mkdtemp(at("client-"));
    await cp(at("theirs/rooms"), client, { recursive: true });
    const keys = await openKeys({ keys: client }, "rooms", log);
    closing.push(() => keys.close());
    const server = await serve(await open("ours", "matchmaker"));
    const access = keys.client("matchmaker");
    expect((await report(server, access))?.code).toBe(status.UNAVAILABLE);
    for (const file of ["ca.pem", "cert.pem", "key.pem"])
      await copyFile(at("ours/rooms", file), join(client, file));
    process.emit("SIGHUP");
    await eventually(async () => (await report(server, access))?.details);
  });
});

describe("warren keys", () => {
  it("makes keys only their owner can read, and certificates that say the role", async () => {
    for (const role of ALL) {
      expect((await stat(at("ours", role, "key.pem"))).mode & 0o777).toBe(0o600);
      expect((await stat(at("ours", role))).mode & 0o777).toBe(0o700);
      const certificate = new X509Certificate(await readFile(at("ours", role, "cert.pem")));
      expect(roleOf(certificate)).toBe(role);
      expect(certificate.ca).toBe(false);
      expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(89 * DAY_MS);
    }
    expect((await stat(at("ours/ca/key.pem"))).mode & 0o777).toBe(0o600);
  });

  it("says what to put where, and no key", async () => {
    const run = launch(process.execPath, [
      MAIN,
      "keys",
      "--out",
      at("said"),
      "--role",
      "rooms",
      "--days",
      "7",
    ]);
    expect(await run.exited).toBe(0);
    const said = run.output();
    expect(said).toContain(`a new CA is in ${at("said/ca")}; keep its key off the servers`);
    expect(said).toContain(`${at("said/rooms")} is for every room-server, with --keys`);
    expect(said).not.toContain("matchmaker");
    const secret = (await readFile(at("said/rooms/key.pem"), "utf8")).split("\n")[1] ?? "";
    expect(secret.length).toBeGreaterThan(40);
    expect(said).not.toContain(secret);
  });

  it("run again keeps the CA and renews certificates and keys", async () => {
    const out = at("again");
    const run = () => writeKeys({ out, roles: ["rooms"], days: 1, nowMs: Date.now() });
    expect((await run()).isNewCa).toBe(true);
    const read = () =>
      Promise.all(["ca/ca.pem", "ca/key.pem", "rooms/key.pem"].map((f) => readFile(at("again", f))));
    const before = await read();
    await chmod(at("again/rooms/key.pem"), 0o644);
    expect((await run()).isNewCa).toBe(false);
    const after = await read();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);
    expect((await stat(at("again/rooms/key.pem"))).mode & 0o777).toBe(0o600);
  });

  it("refuses half a CA, and one whose key is another's", async () => {
    const out = at("half");
    await cp(at("ours/ca"), join(out, "ca"), { recursive: true });
    await copyFile(at("theirs/ca/key.pem"), join(out, "ca/key.pem"));
    const run = () => writeKeys({ out, roles: ["rooms"], days: 1, nowMs: Date.now() });
    await expect(run()).rejects.toThrow(/the CA cannot be used: .*key\.pem is not the key of/);
    await rm(join(out, "ca/key.pem"));
    await expect(run()).rejects.toThrow(/half\/ca\/key\.pem is missing/);
    await writeFile(join(out, "ca/key.pem"), "");
    await expect(run()).rejects.toThrow(/key\.pem/);
  });
});
