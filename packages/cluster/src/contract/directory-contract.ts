import { describe, expect, it } from "vitest";
import type { ContractWorld } from "../cluster-contract.ts";
import { bytesOf, textOf } from "./bytes.ts";

export function directoryContract(world: () => ContractWorld): void {
  const directory = () => world().cluster.directory;
  const claim = (key: string, text: string, replaces?: number) =>
    directory().claim("own", key, bytesOf(text), replaces);
  const read = async (key: string) => textOf((await directory().get("own", key))?.value);

  describe("directory", () => {
    it("[D01] of racing claims of a new key exactly one wins", async () => {
      const revisions = await Promise.all(Array.from({ length: 8 }, (_, i) => claim("r_1", `${i}`)));
      const won = revisions.filter((revision) => revision !== undefined);
      expect(won).toHaveLength(1);
      expect((await directory().get("own", "r_1"))?.revision).toBe(won[0]);
      expect(await read("r_1")).toBe(`${revisions.findIndex((revision) => revision !== undefined)}`);
    });

    it("[D02] of racing replacements of one revision exactly one wins, and its revision is higher", async () => {
      let revision = (await claim("r_1", "first"))!;
      for (let round = 0; round < 5; round += 1) {
        const racing = await Promise.all(Array.from({ length: 8 }, (_, i) => claim("r_1", `${i}`, revision)));
        const won = racing.filter((next) => next !== undefined);
        expect(won).toHaveLength(1);
        expect(won[0]).toBeGreaterThan(revision);
        revision = won[0]!;
      }
    });

    it("[D03] a stale replacement, and one of a key that never was, are refused and change nothing", async () => {
      const first = await claim("r_1", "first");
      const second = await claim("r_1", "second", first);
      expect(await claim("r_1", "stale", first)).toBeUndefined();
      expect(await claim("r_1", "ahead", second! + 1)).toBeUndefined();
      expect(await claim("r_2", "nothing to replace", first)).toBeUndefined();
      expect(await read("r_1")).toBe("second");
      expect(await read("r_2")).toBeUndefined();
    });

    it("[D04] remove takes the key away only at the revision it names", async () => {
      const first = (await claim("r_1", "first"))!;
      const second = (await claim("r_1", "second", first))!;
      expect(await directory().remove("own", "r_1", first)).toBe(false);
      expect(await directory().remove("own", "never-was", first)).toBe(false);
      expect(await read("r_1")).toBe("second");
      expect(await directory().remove("own", "r_1", second)).toBe(true);
      expect(await directory().remove("own", "r_1", second)).toBe(false);
      expect(await read("r_1")).toBeUndefined();
    });

    it("[D05] after a removal a late claim of the old revision fails, and a new one has a higher revision", async () => {
      const first = (await claim("r_1", "first"))!;
      await directory().remove("own", "r_1", first);
      expect(await claim("r_1", "late", first)).toBeUndefined();
      expect(await claim("r_1", "again")).toBeGreaterThan(first);
      expect(await read("r_1")).toBe("again");
    });

    it("[D06] of a removal and a replacement of one revision exactly one wins", async () => {
      for (let round = 0; round < 10; round += 1) {
        const key = `r_${round}`;
        const revision = (await claim(key, "first"))!;
        const [replaced, removed] = await Promise.all([
          claim(key, "second", revision),
          directory().remove("own", key, revision),
        ]);
        expect(removed).toBe(replaced === undefined);
        expect(await read(key)).toBe(removed ? undefined : "second");
      }
    });

    it("[D07] kinds do not see each other's keys", async () => {
      await claim("abc", "own");
      expect(await directory().get("code", "abc")).toBeUndefined();
      expect(await directory().get("rating", "abc")).toBeUndefined();
      expect(await directory().claim("rating", "abc", bytesOf("rating"))).toBeDefined();
      expect(textOf((await directory().get("rating", "abc"))?.value)).toBe("rating");
      expect(await directory().claim("code", "abc", bytesOf("code"))).toBeDefined();
      expect(await directory().claim("code", "ABC", bytesOf("capitals are other keys"))).toBeDefined();
      expect(await read("abc")).toBe("own");
    });

    it("[D08] a key or value outside the limits is refused", async () => {
      for (const key of ["", "a/b", "a b", "a..b", ".a", "a.", "a.*", ">", "ü", "a".repeat(201)]) {
        await expect(claim(key, "x")).rejects.toThrow("key");
      }
      await expect(directory().claim("own", "a", new Uint8Array(65_537))).rejects.toThrow("at most 65536");
    });
  });
}
