import { InputError, parseRoomId } from "@warren/kernel";
import { MESSAGE_ID_CHARS_MAX } from "@warren/protocol";
import { expect, it } from "vitest";
import type { Room } from "../definition.ts";
import { pit } from "../testing/pit.ts";
import { TestNode } from "../testing/test-node.ts";
import { TELLS_WAITING_MAX } from "./tells.ts";

const ROOM = parseRoomId("r_test");
type AnyRoom = Pick<Room<never, never, never, never, never>, "tell" | "nowMs">;

/** A room that runs `onJoin` for who comes, and writes down what its timers are called with. */
function roomThat(onJoin: (room: AnyRoom) => void, tickHz = 20) {
  const told: unknown[] = [];
  const node = new TestNode(
    pit([], {
      tickHz,
      onJoin: (room: AnyRoom) => onJoin(room),
      timers: { told: (_room: unknown, data: unknown) => void told.push(data) },
      ...(tickHz === 0 ? { input: undefined, onTick: undefined } : {}),
    } as never),
  );
  return { node, told };
}

it.each([20, 0])(
  "a tell is carried out once, and its outcome comes back to its timer (tickHz %i)",
  (tickHz) => {
    const ids: string[] = [];
    const { node, told } = roomThat((room) => {
      ids.push(room.tell("bob", "gift", { gold: 3 }, "told"));
      ids.push(room.tell("cleo", "gift", [1]));
      ids.push(room.tell("dan", "gift", null, "told"));
    }, tickHz);
    node.join("ann");
    expect(node.tells).toEqual([
      {
        roomId: ROOM,
        effectId: 1,
        player: "bob",
        message: { messageId: ids[0], topic: "gift", data: '{"gold":3}' },
      },
      {
        roomId: ROOM,
        effectId: 2,
        player: "cleo",
        message: { messageId: ids[1], topic: "gift", data: "[1]" },
      },
      {
        roomId: ROOM,
        effectId: 3,
        player: "dan",
        message: { messageId: ids[2], topic: "gift", data: "null" },
      },
    ]);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(MESSAGE_ID_CHARS_MAX);
    // In the order in which outcomes come; each once; none that was not asked for.
    node.rooms.told(ROOM, 3, true);
    node.rooms.told(ROOM, 3, false);
    node.rooms.told(ROOM, 2, true);
    node.rooms.told(ROOM, 1, false);
    node.rooms.told(ROOM, 9, true);
    expect(told).toEqual([]);
    node.clock.advance(50);
    expect(told).toEqual([
      { messageId: ids[2], player: "dan", delivered: true },
      { messageId: ids[0], player: "bob", delivered: false },
    ]);
    node.clock.advance(1_000);
    expect(told).toHaveLength(2);
  },
);

it("while too many wait a further one is not sent, and counts as not delivered", () => {
  const { node, told } = roomThat((room) => {
    for (let i = 0; i <= TELLS_WAITING_MAX; i++) room.tell("bob", "gift", i, "told");
  });
  node.join("ann");
  expect(node.tells).toHaveLength(TELLS_WAITING_MAX);
  node.clock.advance(50);
  expect(told).toEqual([
    { messageId: expect.stringMatching(`-${TELLS_WAITING_MAX + 1}$`), player: "bob", delivered: false },
  ]);
  node.rooms.told(ROOM, 1, true);
  node.join("cleo");
  expect(node.tells).toHaveLength(TELLS_WAITING_MAX + 1);
  expect(node.errors).toEqual([]);
});

it.each([
  ["player", (room: AnyRoom) => room.tell("not an id", "gift", 1), 'room.tell player is "not an id"'],
  ["topic", (room: AnyRoom) => room.tell("bob", "", 1), 'room.tell topic is ""'],
  ["long topic", (room: AnyRoom) => room.tell("bob", "x".repeat(65), 1), "room.tell topic"],
  ["no data", (room: AnyRoom) => room.tell("bob", "gift", undefined), "room.tell data is missing"],
  ["large data", (room: AnyRoom) => room.tell("bob", "gift", "x".repeat(8_191)), "8193 bytes of JSON"],
  ["data that is not JSON", (room: AnyRoom) => room.tell("bob", "gift", 1n), "room.tell data is 1n"],
  ["timer", (room: AnyRoom) => room.tell("bob", "gift", 1, "toString"), 'room.tell then is "toString"'],
])("a tell that is not valid ends the room at once: %s", (_what, tell, why) => {
  const { node } = roomThat(tell);
  node.join("ann");
  expect(node.errors[0]).toBeInstanceOf(InputError);
  expect(String(node.errors[0])).toContain(why);
  expect(node.tells).toEqual([]);
  expect(() => node.rooms.told(ROOM, 1, true)).not.toThrow();
});
