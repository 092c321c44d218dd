import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../cluster.ts";
import { bytesOf, collect, eventually } from "../contract/bytes.ts";
import { SequenceConflict } from "../log.ts";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "../nats-server/index.ts";
import { connectNats, examineNats } from "./index.ts";

let folder: string;
let start: (at: number, port?: number) => Promise<RunningNatsServer>;
let servers: RunningNatsServer[];
let writers: Cluster[];
const events: string[] = [];

/** All of them, this one first, where a client connects that does not shuffle. */
const urlsFrom = (at: number) =>
  [...servers.slice(at), ...servers.slice(0, at)].map(({ url }) => url).join(",");

beforeAll(async () => {
  const { path } = await ensureNatsServer({ env: process.env });
  folder = await mkdtemp(join(tmpdir(), "warren-nats-r3-"));
  const routePorts = await Promise.all([freePort(), freePort(), freePort()]);
  start = (at, port = 0) =>
    startNatsServer({
      path,
      port,
      dataDir: join(folder, `${at}`),
      storeBytesMax: 2 ** 40,
      monitor: true,
      cluster: { name: "r3", serverName: `s${at}`, port: routePorts[at] ?? 0, routePorts },
    });
  servers = await Promise.all(routePorts.map((_, at) => start(at)));
  writers = await Promise.all(
    servers.map((_, at) =>
      connectNats({ servers: urlsFrom(at), name: "r3", replicas: 3, onEvent: (event) => events.push(event) }),
    ),
  );
});
afterAll(async () => {
  await Promise.all((writers ?? []).map((writer) => writer.close()));
  await Promise.all((servers ?? []).map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe("cluster on three servers", () => {
  it("who keeps one copy of everything although there are three servers is told so", async () => {
    const told: string[] = [];
    const onEvent = (event: string) => told.push(event);
    const alone = await connectNats({ servers: urlsFrom(0), name: "alone", cluster: "alone", onEvent });
    await alone.close();
    expect(told).toContain("everything is kept on one NATS server alone");
    expect(events).not.toContain("everything is kept on one NATS server alone");
  });

  it("[K04] of writers on different servers with one expectation exactly one wins, and all read it", async () => {
    const readers = writers.map(({ log }) => collect(log, "mm.>"));
    const won: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const racing = [...writers, ...writers].map(({ log }, i) =>
        log.append("mm.a", bytesOf(`${round} ${i}`), {
          expectLastSubjectSeq: won.at(-1) ?? 0,
          id: `${round} ${i}`,
        }),
      );
      const results = await Promise.allSettled(racing);
      const winners = results.filter((result) => result.status === "fulfilled");
      expect(winners).toHaveLength(1);
      for (const result of results) {
        if (result.status === "rejected") expect(result.reason).toBeInstanceOf(SequenceConflict);
      }
      won.push(winners[0]!.value.seq);
    }
    for (const reader of readers) {
      await eventually("every winner", () => expect(reader.records.map(({ seq }) => seq)).toEqual(won));
      await reader.stop();
    }
  });

  it("all three are looked at when one is named, and compare-and-set is proven on a stream they all keep", async () => {
    const [named = "", ...others] = servers.map(({ url }) => url.replace("nats://", ""));
    const findings = await examineNats({ servers: `nats://${named}` });
    const found = findings.map((finding) => finding.found ?? `! ${finding.warning ?? finding.problem}`);
    for (const address of [named, ...others])
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${address} is 2\\.`)));
    expect(found).toContainEqual(
      "compare-and-set holds: 40 races of 6 for one place of a stream on 3 servers, one winner each",
    );
    expect(findings.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it("[K05] a repeat with its id is a duplicate on replicated streams too", async () => {
    const options = { id: "k05", expectLastSubjectSeq: 0 };
    const { seq } = await writers[0]!.log.append("mm.k05", bytesOf("x"), options);
    await writers[1]!.log.append("mm.k05", bytesOf("y"));
    expect(await writers[2]!.log.append("mm.k05", bytesOf("x"), options)).toEqual({ seq, duplicate: true });
  });

  it("[K05] repeats with one id that are on their way together are one record", async () => {
    for (let round = 0; round < 10; round++) {
      const options = { id: `k05-together-${round}` };
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          writers[i % 3]!.log.append("mm.k05-together", bytesOf(`${round}`), options),
        ),
      );
      expect(new Set(answers.map(({ seq }) => seq)).size).toBe(1);
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    }
  });

  it("[K06] what one server wrote is read on another at once, though its replica may be behind", async () => {
    let revision: number | undefined;
    for (let round = 0; round < 50; round += 1) {
      revision = await writers[round % 3]!.directory.claim("own", "r_1", bytesOf(`${round}`), revision);
      expect((await writers[(round + 1) % 3]!.directory.get("own", "r_1"))?.revision).toBe(revision);
    }
  });

  it("[K12] while every server is restarted, each write and read succeeds, once, and readers are not late for long", async () => {
    const readers = writers.map(({ log }) => collect(log, "mm.k12"));
    let longestMs = 0;
    let written = 0;
    let stopped = false;
    const writing = writers.map(async ({ log, directory }, at) => {
      let expectLastSubjectSeq = 0;
      let revision: number | undefined;
      for (let n = 0; !stopped; n += 1) {
        const atMs = performance.now();
        const text = `${at} ${n}`;
        await log.append("mm.k12", bytesOf(text));
        written += 1;
        const fenced = await log.append(`mm.k12-${at}`, bytesOf(text), { expectLastSubjectSeq });
        expectLastSubjectSeq = fenced.seq;
        revision = await directory.claim("own", `k12_${at}`, bytesOf(text), revision);
        expect(revision).toBeGreaterThan(0);
        expect((await directory.get("own", `k12_${at}`))?.revision).toBe(revision);
        await eventually("its own record to be read", () => expect(readers[at]?.texts()).toContain(text));
        longestMs = Math.max(longestMs, performance.now() - atMs);
      }
    });
    for (const [at, { port }] of servers.entries()) {
      servers[at]?.kill("SIGTERM");
      await servers[at]?.exited;
      servers[at] = await start(at, port);
      await eventually("the connections", () =>
        expect(writers.every((writer) => writer.healthy())).toBe(true),
      );
      // The next one only once this one may lead again.
      const last = readers[at]?.records.length ?? 0;
      await eventually("further records", () =>
        expect(readers[at]?.records.length).toBeGreaterThan(last + 20),
      );
    }
    stopped = true;
    await Promise.all(writing);
    for (const reader of readers) {
      await eventually("all records", () => expect(reader.records.length).toBe(written));
      await reader.stop();
      expect(reader.texts()).toEqual(readers[0]?.texts());
    }
    expect(new Set(readers[0]?.texts()).size).toBe(written);
    expect(longestMs).toBeLessThan(10_000);
    expect(events).toContain("nats asked again");
  }, 60_000);
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
