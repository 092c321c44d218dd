import { defineQueue } from "@warren/game";
import type { NodeId } from "@warren/kernel";
import type { NodeSpace } from "@warren/matchmaking";
import { expect, it } from "vitest";
import { warnWithoutRegions } from "./region-warning.ts";

const byLatency = defineQueue({ room: "arena", size: 2, latency: { maxMs: [{ atMs: 0, value: 60 }] } });
const anywhere = defineQueue({ room: "arena", size: 2 });

const node = (region: string): NodeSpace => ({
  nodeId: `n_${region}` as NodeId,
  region,
  rooms: new Set(["arena"]),
  freeRooms: 1,
  freeSeats: 100,
});

it.each([
  ["nodes without a region", [node(""), node("")], { ranked: byLatency, casual: anywhere }, ["ranked"]],
  ["a node with a region", [node(""), node("eu")], { ranked: byLatency }, undefined],
  ["no node yet", [], { ranked: byLatency }, undefined],
  ["no queue by latency", [node("")], { casual: anywhere }, undefined],
])("warns once of queues by latency: %s", (_, spaces, queues, warned) => {
  let changed = () => {};
  const said: object[] = [];
  warnWithoutRegions({
    nodes: {
      spaces: () => spaces,
      onChange: (listener) => {
        changed = listener;
      },
    },
    queues: () => new Map(Object.entries(queues)),
    log: { warn: (fields: object) => said.push(fields) } as never,
  });
  changed();
  changed();
  expect(said).toEqual(warned ? [{ event: "nodes.no_region", queues: warned }] : []);
});
