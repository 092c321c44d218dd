import type { Directory } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { parseNodeId, parseRoomId } from "@warren/kernel";
import { defineRoom, RoomHost, type RoomSummary } from "@warren/room";
import { t } from "@warren/schema";
import { createLogger } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { NodeRooms } from "./node-rooms.ts";

const SPEC = { roomName: "pit", optionsJson: "", fillTo: 0, queue: "", joinCode: "" };
const ROOM = parseRoomId("r_a");

function open(wrap: (directory: Directory) => Directory = (directory) => directory) {
  const clock = new VirtualClock();
  const directory = wrap(memoryCluster(clock).directory);
  const changes: RoomSummary[] = [];
  const host = new RoomHost({
    definitions: { pit: defineRoom({ seats: 1, state: t.state({}) }) },
    clock,
    roomsMax: 9,
    seed: () => 1,
    onChanged: (room) => changes.push(room),
  });
  const log = createLogger({ name: "test", level: "silent", format: "json" });
  return {
    rooms: new NodeRooms({ nodeId: parseNodeId("n_a"), host, directory, log }),
    host,
    directory,
    changes,
  };
}

describe("rooms of a node", () => {
  it("one that drains takes no new room, and keeps the ones it has", async () => {
    const { rooms, host, directory } = open();
    await rooms.open(ROOM, SPEC);
    rooms.draining = true;
    await expect(rooms.open(ROOM, SPEC)).resolves.toBeUndefined();
    await expect(rooms.open(parseRoomId("r_b"), SPEC)).rejects.toMatchObject({ code: "NODE_STOPPING" });
    expect(await directory.get("own", "r_b")).toBeUndefined();
    expect(host.roomCount).toBe(1);
  });

  it("a room that is opened twice at once is opened once", async () => {
    const { rooms, changes, directory } = open();
    await Promise.all([rooms.open(ROOM, SPEC), rooms.open(ROOM, SPEC)]);
    expect(changes).toHaveLength(1);
    expect((await directory.get("own", "r_a"))?.revision).toBe(1);
  });

  it("a room that is opened again after its end has a higher epoch", async () => {
    const { rooms, host, changes } = open();
    await rooms.open(ROOM, SPEC);
    host.close();
    rooms.ended(changes.at(-1)!);
    await rooms.settled();
    await rooms.open(ROOM, SPEC);
    expect(changes.at(-1)!.epoch).toBeGreaterThan(changes[0]!.epoch);
  });

  it("without a directory none is opened, which is said; what was claimed and whose answer was lost is given back", async () => {
    let isAway = true;
    const { rooms, directory, host } = open((real) => ({
      ...real,
      get: (kind, key) => real.get(kind, key),
      remove: (kind, key, revision) => real.remove(kind, key, revision),
      async claim(kind, key, value, replaces) {
        const revision = await real.claim(kind, key, value, replaces);
        if (isAway) throw new Error("NATS cannot be reached");
        return revision;
      },
    }));
    await expect(rooms.open(ROOM, SPEC)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(host.roomCount).toBe(0);
    expect(await directory.get("own", ROOM)).toBeDefined();
    isAway = false;
    await rooms.settle(false);
    await rooms.settled();
    expect(await directory.get("own", ROOM)).toBeUndefined();
    await rooms.open(ROOM, SPEC);
    await rooms.settle(false);
    await rooms.settled();
    expect(await directory.get("own", ROOM)).toBeDefined();
  });

  it("claims of rooms that end while the directory is away are given back when it is back", async () => {
    let isAway = false;
    const { rooms, directory, host, changes } = open((real) => ({
      ...real,
      get: (kind, key) => real.get(kind, key),
      claim: (kind, key, value, replaces) => real.claim(kind, key, value, replaces),
      async remove(kind, key, revision) {
        if (isAway) throw new Error("NATS cannot be reached");
        return real.remove(kind, key, revision);
      },
    }));
    await rooms.open(ROOM, { ...SPEC, joinCode: "ABC234" });
    isAway = true;
    host.close();
    rooms.ended(changes.at(-1)!);
    await rooms.settled();
    expect(await directory.get("own", ROOM)).toBeDefined();
    isAway = false;
    await rooms.settle(false);
    await rooms.settled();
    expect(await directory.get("own", ROOM)).toBeUndefined();
    expect(await directory.get("code", "ABC234")).toBeUndefined();
  });

  it("after the lease was lost, rooms whose claim is another's or nobody's end, and the others go on", async () => {
    const { rooms, directory, host, changes } = open();
    const other = parseRoomId("r_b");
    await rooms.open(ROOM, SPEC);
    await rooms.open(other, SPEC);
    const { epoch } = changes.find(({ roomId }) => roomId === ROOM)!;
    await directory.remove("own", ROOM, epoch);
    await rooms.settle(false);
    expect(host.roomCount).toBe(2);
    await rooms.settle(true);
    expect([host.has(ROOM), host.has(other)]).toEqual([false, true]);
  });

  it("a claim that is removed just after the lease was taken again ends its room at the next renewal", async () => {
    const { rooms, directory, host, changes } = open();
    await rooms.open(ROOM, SPEC);
    await rooms.settle(true);
    await directory.remove("own", ROOM, changes[0]!.epoch);
    await rooms.settle(false);
    expect(host.roomCount).toBe(0);
  });

  it("a claim that could not be read is looked at again until it can", async () => {
    let isAway = true;
    const { rooms, directory, host, changes } = open((real) => ({
      ...real,
      claim: (kind, key, value, replaces) => real.claim(kind, key, value, replaces),
      remove: (kind, key, revision) => real.remove(kind, key, revision),
      async get(kind, key) {
        if (isAway) throw new Error("NATS cannot be reached");
        return real.get(kind, key);
      },
    }));
    await rooms.open(ROOM, SPEC);
    await directory.remove("own", ROOM, changes[0]!.epoch);
    await rooms.settle(true);
    await rooms.settle(false);
    expect(host.roomCount).toBe(1);
    isAway = false;
    await rooms.settle(false);
    expect(host.roomCount).toBe(0);
  });
});
