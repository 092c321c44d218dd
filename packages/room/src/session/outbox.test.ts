import { encodeFrame, FrameType, PROTOCOL_VERSION } from "@warren/protocol/session";
import { describe, expect, it } from "vitest";
import { pit } from "../testing/pit.ts";
import { type TestClient, TestNode } from "../testing/test-node.ts";
import {
  QUEUE_BYTES_MAX,
  SOCKET_BUFFERED_BYTES_MAX,
  STATE_BUFFERED_BYTES_MAX,
  UNDRAINED_MS_MAX,
} from "./outbox.ts";

// Driven through sessions and a room: what counts is what a slow client gets.

const open = (tickHz: number) => {
  const node = new TestNode(pit([], { tickHz }));
  return { node, slow: node.join("slow"), quick: node.join("quick") };
};

describe.each([20, 0])("a slow socket, tickHz %d", (tickHz) => {
  it("[P3] gets no state above 64 KiB buffered, and after it drained the newest, equal to everyone's", () => {
    const { node, slow, quick } = open(tickHz);
    quick.act("row", { key: "a", bytes: 10 });
    node.clock.advance(100);
    slow.socket.buffered = STATE_BUFFERED_BYTES_MAX + 1;
    const before = slow.states.length;
    quick.act("row", { key: "a", bytes: 0 });
    quick.act("row", { key: "b", bytes: 20 });
    quick.act("row", { key: "a", bytes: 30 });
    node.clock.advance(1_000);
    expect(slow.states.length).toBe(before);
    expect(quick.view.rows.get("a")?.text).toHaveLength(30);
    slow.socket.buffered = 0;
    slow.connection.drained();
    node.clock.advance(50);
    expect(slow.states.length).toBe(before + 1);
    expect(slow.states.at(-1)?.baseTick).toBeGreaterThan(0);
    expect(slow.view).toEqual(quick.view);
  });

  it("[P3] that is further behind than deletions are remembered gets a snapshot", () => {
    const { node, slow, quick } = open(tickHz);
    quick.act("row", { key: "a", bytes: 10 });
    node.clock.advance(100);
    slow.socket.buffered = STATE_BUFFERED_BYTES_MAX + 2_000;
    quick.act("row", { key: "a", bytes: 0 });
    for (let i = 0; i < 1_100; i++) {
      slow.socket.buffered -= 1;
      quick.act("add", { n: 1 });
      node.clock.advance(50);
    }
    slow.socket.buffered = 0;
    slow.connection.drained();
    node.clock.advance(50);
    expect(slow.states.at(-1)?.baseTick).toBe(0);
    expect(slow.view).toEqual(quick.view);
  });

  it("[P6] gets events while only the state waits, and all of them in order after more than that", () => {
    const { node, slow, quick } = open(tickHz);
    slow.socket.buffered = STATE_BUFFERED_BYTES_MAX + 1;
    quick.act("shout", { times: 2, bytes: 1, to: [] });
    expect(slow.notes).toEqual(["1", "2"]);
    slow.socket.buffered = SOCKET_BUFFERED_BYTES_MAX + 1;
    quick.act("shout", { times: 3, bytes: 1, to: [] });
    node.clock.advance(500);
    expect(slow.notes).toEqual(["1", "2"]);
    slow.socket.buffered = 0;
    slow.connection.drained();
    expect(slow.notes).toEqual(["1", "2", "1", "2", "3"]);
    expect(slow.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3, 4, 5]);
  });

  it("[T5] that lets the event queue overflow is closed with SLOW_CONSUMER, and resumes without the lost events", () => {
    const { node, slow, quick } = open(tickHz);
    slow.socket.buffered = SOCKET_BUFFERED_BYTES_MAX + 1;
    const times = Math.ceil(QUEUE_BYTES_MAX / 60_000);
    quick.act("shout", { times: times - 1, bytes: 60_000, to: ["slow"] });
    expect(slow.closed).toBe("");
    quick.act("shout", { times: 3, bytes: 60_000, to: ["slow"] });
    expect(slow.closed).toBe("SLOW_CONSUMER");
    const again = node.connect();
    again.resume(slow);
    node.clock.advance(50);
    expect(again.resync?.eventSeq).toBe(times + 2);
    quick.act("shout", { times: 1, bytes: 1, to: ["slow"] });
    expect(again.events.map(({ eventSeq }) => eventSeq)).toEqual([times + 3]);
    expect(quick.closed).toBe("");
    expect(node.refused).toEqual(["SLOW_CONSUMER"]);
  });

  it("[T5] is closed after the handler that filled its queue, and not within", () => {
    const connected: (boolean | undefined)[] = [];
    const node = new TestNode(
      pit([], {
        tickHz,
        timers: {
          alarm(room) {
            const slow = room.players.get("slow" as never);
            connected.push(slow?.connected);
            for (let i = 0; i < 40; i++) room.emit("note", { text: "x".repeat(60_000) }, ["slow" as never]);
            connected.push(slow?.connected);
          },
        },
      }),
    );
    const slow = node.join("slow");
    slow.act("later", { delayMs: 100, text: "" });
    slow.socket.buffered = SOCKET_BUFFERED_BYTES_MAX + 1;
    node.clock.advance(200);
    expect(connected).toEqual([true, true]);
    expect(slow.closed).toBe("SLOW_CONSUMER");
    expect(slow.notes).toEqual([]);
    expect(node.errors).toEqual([]);
    const again = node.connect();
    again.resume(slow);
    node.clock.advance(50);
    expect(again.resync?.eventSeq).toBe(40);
  });

  it("[T5] that takes nothing for 25 s is closed with SLOW_CONSUMER, and resumes", () => {
    const { node, slow, quick } = open(tickHz);
    slow.socket.isStuck = true;
    quick.act("row", { key: "a", bytes: 60_000 });
    quick.act("row", { key: "b", bytes: 60_000 });
    node.clock.advance(UNDRAINED_MS_MAX);
    expect(slow.closed).toBe("");
    quick.act("row", { key: "b", bytes: 0 });
    node.clock.advance(1_000);
    expect([slow.closed, quick.closed]).toEqual(["SLOW_CONSUMER", ""]);
    expect(slow.socket.closedBy?.reason).toBe("SLOW_CONSUMER: nothing was taken off the socket for 25000 ms");
    expect(node.refused).toEqual(["SLOW_CONSUMER"]);
    expect(node.statesSkipped).toBeGreaterThan(0);
    const again = node.connect();
    again.resume(slow);
    node.clock.advance(50);
    expect(again.view).toEqual(quick.view);
  });

  it("[T5] that takes a little now and then stays open, though ever more waits for it", () => {
    const { node, slow, quick } = open(tickHz);
    slow.socket.isStuck = true;
    for (let i = 0; i < 6; i++) {
      quick.act("row", { key: `${i}`, bytes: 20_000 });
      node.clock.advance(UNDRAINED_MS_MAX - 1_000);
      slow.socket.buffered -= 9_000;
    }
    expect(slow.socket.buffered).toBeGreaterThan(10_000);
    node.clock.advance(UNDRAINED_MS_MAX - 1_000);
    expect(slow.closed).toBe("");
  });

  it("[T5] is not blamed when the server itself stood still", () => {
    const { node, slow, quick } = open(tickHz);
    slow.socket.isStuck = true;
    quick.act("row", { key: "a", bytes: 60_000 });
    node.clock.stall(4 * UNDRAINED_MS_MAX);
    expect(slow.closed).toBe("");
  });
});

describe("one turn", () => {
  it("is one message, whatever is in it", () => {
    const { slow, quick } = open(20);
    const before = slow.messages.length;
    quick.send(
      quick.actionFrame("shout", { times: 5, bytes: 10, to: [] }),
      quick.actionFrame("shout", { times: 5, bytes: 10, to: [] }),
    );
    expect(slow.messages.length).toBe(before + 1);
    expect(slow.messages.at(-1)).toHaveLength(10);
  });

  it("[P3] [P4] with a tick in it begins with the state and each one's own numbers", () => {
    const { node, slow, quick } = open(20);
    quick.act("later", { delayMs: 40, text: "now" });
    slow.input(1, 300);
    slow.input(1, 301);
    quick.input(1, 5);
    node.clock.advance(50);
    for (const [client, numbers] of [
      [slow, { inputNumber: 300, inputsWaiting: 1 }],
      [quick, { inputNumber: 5, inputsWaiting: 0 }],
    ] as const) {
      const [state, event, ...more] = client.messages.at(-1)!;
      expect(state).toMatchObject({ type: FrameType.STATE, body: { baseTick: client.tick - 1, ...numbers } });
      expect([event?.type, more]).toEqual([FrameType.EVENT, []]);
    }
  });
});

describe("who sends one message at a time", () => {
  const act = (client: TestClient) =>
    client.connection.message(encodeFrame(client.actionFrame("add", { n: 1 })), true);
  /** A client that is believed to. */
  const alone = () => {
    const { node, quick, slow } = open(20);
    for (let i = 0; i < 4; i++) {
      node.clock.advance(1);
      quick.act("add", { n: 1 });
    }
    node.clock.advance(1);
    return { node, quick, slow };
  };

  it("is answered at once, and a burst at the end of the turn, with one message", () => {
    const { node, quick } = alone();
    const before = quick.messages.length;
    act(quick);
    expect(quick.messages.slice(before).map((frames) => frames.length)).toEqual([1]);
    for (let i = 0; i < 3; i++) act(quick);
    expect(quick.messages).toHaveLength(before + 1);
    node.clock.advance(0);
    expect(quick.messages.slice(before).map((frames) => frames.length)).toEqual([1, 3]);
    // For a while also what comes alone again may be the first of a burst.
    node.clock.advance(1);
    act(quick);
    expect(quick.messages).toHaveLength(before + 2);
    node.clock.advance(0);
    expect(quick.replies).toHaveLength(9);
  });

  it("does not hold back what others are told, nor what they tell it later in the turn", () => {
    const { node, quick, slow } = alone();
    quick.connection.message(encodeFrame(quick.actionFrame("shout", { times: 1, bytes: 3, to: [] })), true);
    expect(quick.events).toHaveLength(1);
    expect(slow.events).toHaveLength(0);
    slow.connection.message(encodeFrame(slow.actionFrame("shout", { times: 1, bytes: 4, to: [] })), true);
    node.clock.advance(0);
    for (const client of [quick, slow]) expect(client.events).toHaveLength(2);
  });

  it("is told all that comes after a RESUME in the same turn", () => {
    const { node, quick, slow } = alone();
    const again = node.connect();
    again.connection.message(resumeOf(quick), true);
    slow.connection.message(encodeFrame(slow.actionFrame("shout", { times: 1, bytes: 3, to: [] })), true);
    node.clock.advance(50);
    expect([quick.closed, again.closed, again.events.length]).toEqual(["SESSION_SUPERSEDED", "", 1]);
  });
});

function resumeOf(client: TestClient): Uint8Array {
  const { sessionId, resumeKey, epoch } = client.welcome;
  const body = { protocolVersion: PROTOCOL_VERSION, sessionId, resumeKey, epoch, eventSeq: 0 };
  return encodeFrame({ type: FrameType.RESUME, body });
}
