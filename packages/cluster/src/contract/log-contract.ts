import { describe, expect, it } from "vitest";
import type { ContractWorld } from "../cluster-contract.ts";
import { SequenceConflict } from "../log.ts";
import { bytesOf, collect, eventually, textOf } from "./bytes.ts";

export function logContract(world: () => ContractWorld): void {
  const log = () => world().cluster.log;
  const append = async (subject: string, text: string) => (await log().append(subject, bytesOf(text))).seq;

  describe("log", () => {
    it("[L01] seq rises in the order of appends, from 1, over all subjects", async () => {
      expect(await log().append("mm.a.d", bytesOf("one"))).toEqual({ seq: 1, duplicate: false });
      expect(await append("mm.b.d", "two")).toBe(2);
      expect(await append("mm.a.d", "three")).toBe(3);
    });

    it("[L02] a second append with one id makes no record and answers the first one's seq", async () => {
      const first = await log().append("mm.a.d", bytesOf("one"), { id: "x" });
      await append("mm.a.d", "two");
      expect(await log().append("mm.a.d", bytesOf("one"), { id: "x" })).toEqual({
        seq: first.seq,
        duplicate: true,
      });
      expect(textOf((await log().last("mm.a.d"))?.bytes)).toBe("two");
    });

    it("[L03] a repeat with its id is a duplicate even when its expectation no longer holds", async () => {
      const options = { id: "x", expectLastSubjectSeq: 0 };
      const first = await log().append("mm.a.d", bytesOf("one"), options);
      expect(await log().append("mm.a.d", bytesOf("one"), options)).toEqual({
        seq: first.seq,
        duplicate: true,
      });
    });

    it("[L04] an append that expects another last seq of its subject is a SequenceConflict", async () => {
      const first = await append("mm.a.d", "one");
      await append("mm.b.d", "other subject, no concern");
      const expecting = (expectLastSubjectSeq: number) =>
        log().append("mm.a.d", bytesOf("two"), { expectLastSubjectSeq });
      await expect(expecting(0)).rejects.toBeInstanceOf(SequenceConflict);
      await expect(expecting(first + 1)).rejects.toBeInstanceOf(SequenceConflict);
      expect((await expecting(first)).seq).toBeGreaterThan(first);
    });

    it("[L05] of racing appends with one expectation exactly one wins", async () => {
      let last = 0;
      for (let round = 0; round < 5; round += 1) {
        const racing = Array.from({ length: 8 }, (_, i) =>
          log().append("mm.a.d", bytesOf(`${i}`), { expectLastSubjectSeq: last }),
        );
        const results = await Promise.allSettled(racing);
        const lost = results.filter((result) => result.status === "rejected");
        expect(lost.map(({ reason }) => reason instanceof SequenceConflict)).toEqual(Array(7).fill(true));
        last = (await log().last("mm.a.d"))!.seq;
      }
    });

    it("[L06] a read gives the matching records from its seq on, then live ones", async () => {
      await append("mm.a.d", "before");
      const from = await append("mm.a.d", "one");
      await append("mm.a.e", "elsewhere");
      await append("mm.a.d", "two");
      const reader = collect(log(), "mm.a.d", from);
      await eventually("past records", () => expect(reader.texts()).toEqual(["one", "two"]));
      await append("mm.a.d", "live");
      await eventually("a live record", () => expect(reader.texts()).toEqual(["one", "two", "live"]));
      await reader.stop();
      expect(reader.records[0]).toMatchObject({ seq: from, subject: "mm.a.d" });
      expect(reader.records[0]?.timeMs).toBeGreaterThan(0);
    });

    it("[L07] in a filter * is one token and > the rest", async () => {
      const subjects = ["mm.a.d", "mm.a.e", "mm.b.d", "mm.b.d.deep"];
      for (const subject of subjects) await append(subject, subject);
      const all = collect(log(), "mm.>");
      const oneToken = collect(log(), "mm.*.d");
      await eventually("all records", () => expect(all.texts()).toEqual(subjects));
      await eventually("the matching ones", () => expect(oneToken.texts()).toEqual(["mm.a.d", "mm.b.d"]));
      await Promise.all([all.stop(), oneToken.stop()]);
    });

    it("[L08] a read ends when its signal aborts, and a read of nothing yet waits", async () => {
      const reader = collect(log(), "mm.a.d", 1_000);
      await append("mm.a.d", "below what is read");
      await reader.stop();
      expect(reader.records).toEqual([]);
    });

    it("[L09] last gives the last record of a subject or of a filter, or nothing", async () => {
      expect(await log().last("mm.a.d")).toBeUndefined();
      await append("mm.a.d", "one");
      const seq = await append("mm.b.d", "two");
      await append("mm.c.x", "three");
      expect(textOf((await log().last("mm.a.d"))?.bytes)).toBe("one");
      expect(await log().last("mm.*.d")).toMatchObject({ seq, subject: "mm.b.d" });
      expect((await log().last("mm.>"))?.subject).toBe("mm.c.x");
    });

    it("[L10] trim forgets only what matches and is below", async () => {
      const kept = await append("mm.a.snapshot", "kept: another subject");
      await append("mm.a.d", "forgotten");
      const from = await append("mm.a.d", "kept: not below");
      await log().trim("mm.a.d", from);
      await log().trim("mm.a.d", 0);
      const reader = collect(log(), "mm.>");
      await eventually("what is left", () =>
        expect(reader.records.map(({ seq }) => seq)).toEqual([kept, from]),
      );
      await reader.stop();
      expect(await append("mm.a.d", "after")).toBeGreaterThan(from);
    });

    it("[L12] one with little in it is hardly full", async () => {
      await append("mm.a.d", "one");
      const fill = await log().fill();
      expect(fill).toBeGreaterThanOrEqual(0);
      expect(fill).toBeLessThan(0.01);
    });

    it("[L11] a thousand records are read whole and in order by a reader that starts while they come", async () => {
      const reader = collect(log(), "mm.a.>");
      const texts = Array.from({ length: 1_000 }, (_, i) => `${i}`);
      await Promise.all(texts.map((text) => append("mm.a.d", text)));
      await eventually("all of them", () => expect(reader.records.length).toBe(1_000));
      await reader.stop();
      expect(reader.records.map(({ seq }) => seq)).toEqual(texts.map((_, i) => i + 1));
    });

    it("[L12] a subject that no log keeps, and bytes above the limit, are refused", async () => {
      await expect(append("node.a", "x")).rejects.toThrow("no log keeps");
      await expect(append("mm.*", "x")).rejects.toThrow("subject");
      await expect(log().append("mm.a", new Uint8Array(1_000_001))).rejects.toThrow("at most 1000000");
    });

    it("[L13] ends its reads when the cluster closes", async () => {
      const reader = collect(log(), "mm.>");
      await append("mm.a", "one");
      await eventually("the record", () => expect(reader.texts()).toEqual(["one"]));
      await world().cluster.close();
      await reader.ended;
    });
  });
}
