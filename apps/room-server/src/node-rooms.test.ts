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

function open() {
  const clock = new VirtualClock();
  const { directory } = memoryCluster(clock);
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
});
