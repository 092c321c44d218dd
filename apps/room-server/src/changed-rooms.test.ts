import type { RoomSummary } from "@warren/room";
import { describe, expect, it } from "vitest";
import { ChangedRooms } from "./changed-rooms.ts";

function room(roomId: string, change: Partial<RoomSummary> = {}): RoomSummary {
  const asked = undefined;
  return { roomId, players: 0, ended: false, listed: false, asked, ...change } as RoomSummary;
}
const ASKED = { generation: 1, free: [2] };

describe("changed rooms", () => {
  const known = () => {
    const rooms = new ChangedRooms();
    rooms.add(room("r_1"));
    rooms.take("soon");
    return rooms;
  };

  it("a new room is told soon, how many play in it a moment later, its end soon", () => {
    const rooms = new ChangedRooms();
    expect(rooms.add(room("r_1"))).toBe("soon");
    expect(rooms.take("soon")).toEqual([room("r_1")]);
    expect(rooms.add(room("r_1", { players: 1 }))).toBe("later");
    expect(rooms.add(room("r_1", { players: 2 }))).toBe("later");
    expect(rooms.take("soon")).toEqual([]);
    expect(rooms.take("later")).toEqual([room("r_1", { players: 2 })]);
    rooms.add(room("r_1", { players: 3 }));
    expect(rooms.add(room("r_1", { ended: true }))).toBe("soon");
    expect(rooms.take("later")).toEqual([]);
    expect(rooms.take("soon")).toEqual([room("r_1", { ended: true })]);
    expect(rooms.add(room("r_1"))).toBe("soon");
  });

  it.each([{ asked: ASKED }, { listed: true }])(
    "who looks for %j hears all of it soon, and that it is over",
    (sought) => {
      const rooms = known();
      expect(rooms.add(room("r_1", sought))).toBe("soon");
      expect(rooms.add(room("r_1", { ...sought, players: 1 }))).toBe("soon");
      expect(rooms.add(room("r_1", { players: 2 }))).toBe("soon");
      rooms.take("soon");
      expect(rooms.add(room("r_1", { players: 3 }))).toBe("later");
    },
  );

  it("what is told soon anyhow tells of the players too", () => {
    const rooms = known();
    rooms.add(room("r_1", { listed: true }));
    expect(rooms.add(room("r_1", { players: 1 }))).toBe("soon");
    expect(rooms.take("soon")).toEqual([room("r_1", { players: 1 })]);
    expect(rooms.take("later")).toEqual([]);
  });
});
