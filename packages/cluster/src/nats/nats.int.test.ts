import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterContract } from "../cluster-contract.ts";
import { bytesOf, collect, eventually, textOf } from "../contract/bytes.ts";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "../nats-server/index.ts";
import { connectNats, LostRecords } from "./index.ts";

const STORE_BYTES_MAX = 2 ** 40; // every test has its own streams, and each sets its share aside
let path: string;
let folder: string;
let server: RunningNatsServer;
let clusters = 0;
const freshName = () => {
  clusters += 1;
  return `t${clusters}`;
};

beforeAll(async () => {
  ({ path } = await ensureNatsServer({ env: process.env }));
  folder = await mkdtemp(join(tmpdir(), "warren-nats-"));
  server = await startNatsServer({ path, dataDir: join(folder, "shared"), storeBytesMax: STORE_BYTES_MAX });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

clusterContract("cluster on NATS", async () => ({
  cluster: await connectNats({ servers: server.url, cluster: freshName(), name: "contract" }),
  elapse: () => 0,
}));

describe("cluster on NATS", () => {
  it("[K01] two connections of one cluster see each other; two clusters on one server do not", async () => {
    const cluster = freshName();
    const connectTo = (name: string) => connectNats({ servers: server.url, cluster: name, name: "k01" });
    const [a, b, other] = await Promise.all([connectTo(cluster), connectTo(cluster), connectTo(freshName())]);
    await a.log.append("mm.a", bytesOf("one"));
    await a.directory.claim("own", "r_1", bytesOf("a"));
    expect(textOf((await b.log.last("mm.>"))?.bytes)).toBe("one");
    expect(textOf((await b.directory.get("own", "r_1"))?.value)).toBe("a");
    expect(await other.log.last("mm.>")).toBeUndefined();
    expect(await other.directory.get("own", "r_1")).toBeUndefined();
    await b.bus.subscribe("node.a", () => bytesOf("b"));
    expect(textOf(await a.bus.request("node.a", bytesOf(""), 2_000))).toBe("b");
    await Promise.all([a, b, other].map((each) => each.close()));
  });
});

describe("leases on NATS", () => {
  const bucketOf = (cluster: string) => `KV_warren_${cluster}_decider`;
  const setUp = async () => {
    const name = freshName();
    const cluster = await connectNats({ servers: server.url, cluster: name, name: "leases" });
    const raw = await connect({ servers: server.url });
    const changes: string[] = [];
    await cluster.lease.watch("decider", (key, value) => changes.push(`${key}=${textOf(value) ?? "gone"}`));
    const held = await cluster.lease.acquire("decider", "main", bytesOf("a"));
    await eventually("the acquire", () => expect(changes).toEqual(["main=a"]));
    const jsm = await jetstreamManager(raw);
    const subject = `$KV.warren_${name}_decider.main`;
    const last = () => jsm.streams.getMessage(bucketOf(name), { last_by_subj: subject });
    const close = () => Promise.all([cluster.close(), raw.close()]);
    return { name, changes, held, jsm, subject, last, close };
  };

  it("[K09] the server itself writes down that a lease expired, so that watchers hear it at once", async () => {
    const { last, close } = await setUp();
    await eventually("the marker", async () => {
      expect((await last())?.header.get("Nats-Marker-Reason")).toBe("MaxAge");
    });
    await close();
  });

  it("[K10] a lease that vanished without a word is told as gone all the same", async () => {
    const { name, changes, jsm, close } = await setUp();
    await jsm.streams.purge(bucketOf(name));
    await eventually("the word that it is gone", () => expect(changes).toEqual(["main=a", "main=gone"]));
    await close();
  });

  it("[K11] a holder whose renewal was written but whose answer got lost still holds", async () => {
    const { held, jsm, subject, last, close } = await setUp();
    const ours = headers();
    ours.set("Warren-Holder", (await last())!.header.get("Warren-Holder"));
    await jsm.jetstream().publish(subject, bytesOf("a"), { headers: ours });
    expect(await held?.renew()).toBe(true);
    await jsm.jetstream().publish(subject, bytesOf("somebody else"));
    expect(await held?.renew()).toBe(false);
    await close();
  });
});

describe("cluster on NATS, when the server dies", () => {
  it("[K02] readers go on without gap or duplicate, and every port works after it is back", async () => {
    const dataDir = join(folder, "dies");
    let dying = await startNatsServer({ path, dataDir, storeBytesMax: STORE_BYTES_MAX });
    const { port } = dying;
    const events: string[] = [];
    const cluster = await connectNats({
      servers: dying.url,
      name: "k02",
      onEvent: (event) => events.push(event),
    });
    try {
      const reader = collect(cluster.log, "mm.>");
      const changes: string[] = [];
      await cluster.lease.watch("node", (key, value) => changes.push(`${key}=${textOf(value) ?? "gone"}`));
      const held = await cluster.lease.acquire("node", "n_1", bytesOf("a"));
      await cluster.lease.acquire("decider", "main", bytesOf("not renewed"));
      const revision = await cluster.directory.claim("own", "r_1", bytesOf("before"));
      await cluster.bus.subscribe("node.a", (bytes) => bytes);
      const texts = Array.from({ length: 2_500 }, (_, i) => `${i}`);
      for (const text of texts.slice(0, 2_000)) await cluster.log.append("mm.a", bytesOf(text), { id: text });
      await eventually("the first records", () => expect(reader.records.length).toBeGreaterThan(100));

      dying.kill("SIGKILL");
      await dying.exited;
      await eventually("the loss to be noticed", () => expect(cluster.healthy()).toBe(false));
      await expect(cluster.log.append("mm.a", bytesOf("nowhere"))).rejects.toThrow("cannot be reached");
      dying = await startNatsServer({ path, dataDir, port, storeBytesMax: STORE_BYTES_MAX });
      await eventually("the connection", () => expect(cluster.healthy()).toBe(true));

      for (const text of texts.slice(2_000)) await cluster.log.append("mm.a", bytesOf(text), { id: text });
      await eventually("all records", () => expect(reader.records.length).toBe(texts.length));
      expect(reader.texts()).toEqual(texts);
      await reader.stop();
      expect(await held?.renew(bytesOf("b"))).toBe(true);
      await eventually("the renewed lease", () => expect(changes).toEqual(["n_1=a", "n_1=b"]));
      expect(await cluster.directory.claim("own", "r_1", bytesOf("after"), revision)).toBeGreaterThan(
        revision!,
      );
      expect(textOf(await cluster.bus.request("node.a", bytesOf("again"), 2_000))).toBe("again");
      await eventually("a lease that nobody renewed to be free", async () => {
        expect(await cluster.lease.acquire("decider", "main", bytesOf("next"))).toBeDefined();
      });
      expect(events).toContain("nats disconnect");
      expect(events).toContain("nats reconnect");
    } finally {
      await cluster.close();
      await dying.stop();
    }
  });

  it("[K13] a server that takes nothing more is lost within seconds, however much is on its way to it", async () => {
    const dataDir = join(folder, "stops");
    const stopped = await startNatsServer({ path, dataDir, storeBytesMax: STORE_BYTES_MAX });
    const cluster = await connectNats({ servers: stopped.url, name: "k13" });
    try {
      stopped.kill("SIGSTOP");
      // More than the kernel holds for a server that does not read.
      for (let i = 0; i < 400; i++) cluster.bus.publish("node.a", new Uint8Array(100_000));
      await eventually("the loss to be noticed", () => expect(cluster.healthy()).toBe(false));
      stopped.kill("SIGCONT");
      await eventually("the connection", () => expect(cluster.healthy()).toBe(true));
    } finally {
      stopped.kill("SIGCONT");
      await cluster.close();
      await stopped.stop();
    }
  });

  it("[K03] a lease that ended while the server was down is told as gone", async () => {
    const dataDir = join(folder, "down");
    let dying = await startNatsServer({ path, dataDir, storeBytesMax: STORE_BYTES_MAX });
    const cluster = await connectNats({ servers: dying.url, name: "k03" });
    try {
      const changes: string[] = [];
      await cluster.lease.watch("decider", (key, value) => changes.push(`${key}=${textOf(value) ?? "gone"}`));
      await cluster.lease.acquire("decider", "main", bytesOf("a"));
      const acquiredAtMs = performance.now();
      await eventually("the lease", () => expect(changes).toEqual(["main=a"]));
      dying.kill("SIGKILL");
      await dying.exited;
      await eventually("more than the time to live", () =>
        expect(performance.now() - acquiredAtMs).toBeGreaterThan(4_000),
      );
      expect(changes).toEqual(["main=a"]);
      dying = await startNatsServer({ path, dataDir, port: dying.port, storeBytesMax: STORE_BYTES_MAX });
      await eventually("the word that it is gone", () => expect(changes).toEqual(["main=a", "main=gone"]));
    } finally {
      await cluster.close();
      await dying.stop();
    }
  });

  it("[K08] a reader of a log that lost what it had read fails, and does not go on with a gap", async () => {
    const dataDir = join(folder, "wiped");
    let dying = await startNatsServer({ path, dataDir, storeBytesMax: STORE_BYTES_MAX });
    const connectTo = (url: string) => connectNats({ servers: url, name: "k08" });
    const cluster = await connectTo(dying.url);
    try {
      const reader = collect(cluster.log, "mm.>");
      const failed = expect(reader.ended).rejects.toBeInstanceOf(LostRecords);
      for (const text of ["one", "two"]) await cluster.log.append("mm.a", bytesOf(text));
      await eventually("the records", () => expect(reader.texts()).toEqual(["one", "two"]));
      dying.kill("SIGKILL");
      await dying.exited;
      await rm(join(dataDir, "jetstream"), { recursive: true });
      dying = await startNatsServer({ path, dataDir, port: dying.port, storeBytesMax: STORE_BYTES_MAX });
      const other = await connectTo(dying.url);
      await other.log.append("mm.a", bytesOf("another log"));
      await failed;
      expect(reader.texts()).toEqual(["one", "two"]);
      await other.close();
    } finally {
      await cluster.close();
      await dying.stop();
    }
  });
});
