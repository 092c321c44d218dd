import { parsePlayerId, parseRoomId } from "@warren/kernel";
import { FrameType } from "@warren/protocol/session";
import { expect, it } from "vitest";
import { pit } from "../testing/pit.ts";
import { type TestClient, TestNode } from "../testing/test-node.ts";
import { MESSAGES_KNOWN_MAX } from "./session.ts";
import { BROADCAST_SLICE } from "./session-host.ts";

const ANN = parsePlayerId("ann");
const message = (messageId: string, data = "1") => ({ messageId, topic: "gift", data });

function messagesOf(client: TestClient): string[] {
  return client.frames.flatMap((frame) =>
    frame.type === FrameType.MESSAGE
      ? [`${frame.body.messageId} ${frame.body.topic} ${frame.body.data}`]
      : [],
  );
}

it("[P14] a message goes out at the end of the turn, and a repeat of its id does not", () => {
  const node = new TestNode(pit());
  const client = node.join("ann");
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  expect(messagesOf(client)).toEqual([]);
  node.clock.advance(0);
  expect(messagesOf(client)).toEqual(["m1 gift 1"]);
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  expect(node.sessions.message(ANN, message("m2", "[2]"))).toBe(true);
  node.clock.advance(0);
  expect(messagesOf(client)).toEqual(["m1 gift 1", "m2 gift [2]"]);
});

it("[P14] a message comes after WELCOME and the snapshot", () => {
  const node = new TestNode(pit());
  const client = node.hello("ann");
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  node.clock.advance(0);
  expect(client.frames).toEqual([]);
  node.clock.advance(50);
  expect(client.frames.map(({ type }) => type)).toEqual([
    FrameType.WELCOME,
    FrameType.STATE,
    FrameType.MESSAGE,
  ]);
});

it("[P14] a player without a socket gets nothing; the session that comes back knows what it was told", () => {
  const node = new TestNode(pit());
  expect(node.sessions.message(ANN, message("m0"))).toBe(false);
  const lost = node.join("ann");
  node.sessions.message(ANN, message("m1"));
  node.clock.advance(0);
  lost.lose();
  expect(node.sessions.message(ANN, message("m2"))).toBe(false);
  const back = node.connect();
  back.resume(lost);
  node.clock.advance(50);
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  expect(node.sessions.message(ANN, message("m2"))).toBe(true);
  node.clock.advance(0);
  expect(messagesOf(back)).toEqual(["m2 gift 1"]);
});

it("[P14] every session of a player is told, and no other; who has left is not here any more", () => {
  const node = new TestNode(pit());
  node.open(parseRoomId("r_other"));
  const first = node.join("ann");
  const second = node.join("ann", parseRoomId("r_other"));
  const other = node.join("bob");
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  node.clock.advance(0);
  expect([first, second, other].map((client) => messagesOf(client).length)).toEqual([1, 1, 0]);
  second.lose();
  expect(node.sessions.message(ANN, message("m2"))).toBe(true);
  first.leave();
  expect(node.sessions.message(ANN, message("m3"))).toBe(false);
  expect(node.presence).toEqual(["+ann", "+bob"]);
  node.clock.advance(6_000);
  expect(node.presence).toEqual(["+ann", "+bob", "-ann"]);
});

it("[P14] a session remembers the last ids, and no more", () => {
  const node = new TestNode(pit());
  const client = node.join("ann");
  for (let i = 0; i <= MESSAGES_KNOWN_MAX; i++) node.sessions.message(ANN, message(`m${i}`));
  node.clock.advance(0);
  expect(messagesOf(client)).toHaveLength(MESSAGES_KNOWN_MAX + 1);
  node.sessions.message(ANN, message("m1"));
  node.sessions.message(ANN, message("m0"));
  node.clock.advance(0);
  expect(messagesOf(client).slice(MESSAGES_KNOWN_MAX + 1)).toEqual(["m0 gift 1"]);
});

it("a new session of a player in the same room is the same presence or a new one, never none", () => {
  const node = new TestNode(pit());
  node.join("ann");
  const again = node.connect();
  again.hello({ seatToken: node.token("ann") });
  node.clock.advance(50);
  expect(node.presence.at(-1)).toBe("+ann");
  expect(node.sessions.message(ANN, message("m1"))).toBe(true);
  node.clock.advance(0);
  expect(messagesOf(again)).toHaveLength(1);
});

it("a message for everyone is told to some sessions a turn", () => {
  const seats = 3 * BROADCAST_SLICE;
  const node = new TestNode(pit([], { seats }));
  const clients = Array.from({ length: seats }, (_, i) => node.hello(`p${i}`));
  node.clock.advance(50);
  for (const { socket } of clients) socket.sent.length = 0;
  const told = () => clients.filter(({ socket }) => socket.sent.length > 0).length;
  const counts: number[] = [];
  const { atEndOfTurn } = node.sessions.options;
  const turns: (() => void)[] = [];
  Object.assign(node.sessions.options, { atEndOfTurn: (fn: () => void) => turns.push(fn) });
  node.sessions.broadcast(message("all"));
  while (turns.length > 0) {
    for (const turn of turns.splice(0)) turn();
    counts.push(told());
  }
  Object.assign(node.sessions.options, { atEndOfTurn });
  expect(counts.slice(0, 3)).toEqual([BROADCAST_SLICE, 2 * BROADCAST_SLICE, 3 * BROADCAST_SLICE]);
  for (const { socket } of clients) expect(socket.sent).toHaveLength(1);
});
