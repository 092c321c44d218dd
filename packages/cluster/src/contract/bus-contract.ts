import { describe, expect, it } from "vitest";
import { NoAnswer } from "../bus.ts";
import type { ContractWorld } from "../cluster-contract.ts";
import { bytesOf, eventually, textOf } from "./bytes.ts";

export function busContract(world: () => ContractWorld): void {
  const bus = () => world().cluster.bus;

  describe("bus", () => {
    it("[B01] a message reaches every subscriber of its subject, wildcards included, and nobody else", async () => {
      const heard: string[] = [];
      for (const filter of ["node.a", "node.*", "node.>", "node.b", "room.*"]) {
        await bus().subscribe(filter, (bytes, subject) => {
          heard.push(`${filter} heard ${textOf(bytes)} on ${subject}`);
          return undefined;
        });
      }
      bus().publish("node.a", bytesOf("hi"));
      await eventually("three subscribers", () =>
        expect(heard.toSorted()).toEqual([
          "node.* heard hi on node.a",
          "node.> heard hi on node.a",
          "node.a heard hi on node.a",
        ]),
      );
    });

    it("[B02] after its unsubscribe a subscriber hears nothing", async () => {
      const heard: string[] = [];
      const hear = (name: string) => () => {
        heard.push(name);
        return undefined;
      };
      const stop = await bus().subscribe("node.a", hear("gone"));
      await bus().subscribe("node.a", hear("stays"));
      bus().publish("node.a", bytesOf("on its way"));
      stop();
      await eventually("the other subscriber", () => expect(heard).toEqual(["stays"]));
      bus().publish("node.a", bytesOf("later"));
      await eventually("the other subscriber again", () => expect(heard).toEqual(["stays", "stays"]));
    });

    it("[B03] a request gets what the handler returns", async () => {
      await bus().subscribe("node.*", (bytes, subject) => bytesOf(`${subject} got ${textOf(bytes)}`));
      expect(textOf(await bus().request("node.a", bytesOf("ping"), 2_000))).toBe("node.a got ping");
    });

    it("[B04] a request that nobody listens to is NoAnswer at once", async () => {
      await expect(bus().request("node.a", bytesOf("ping"), 60_000)).rejects.toBeInstanceOf(NoAnswer);
    });

    it("[B05] a request whose listeners stay silent or throw is NoAnswer in time", async () => {
      let asked = 0;
      await bus().subscribe("node.a", () => {
        asked += 1;
        return undefined;
      });
      await bus().subscribe("node.a", () => {
        asked += 1;
        throw new Error("a handler's own trouble");
      });
      const answer = expect(bus().request("node.a", bytesOf("ping"), 300)).rejects.toBeInstanceOf(NoAnswer);
      await eventually("both handlers", () => expect(asked).toBe(2));
      world().elapse(300);
      await answer;
    });

    it("[B06] a log's subject is not the bus's", async () => {
      expect(() => bus().publish("mm.a.d", bytesOf("x"))).toThrow("log's subject");
      expect(() => bus().publish("node.*", bytesOf("x"))).toThrow("subject");
    });
  });
}
