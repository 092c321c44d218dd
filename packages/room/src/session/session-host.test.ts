import { encodeFrame, FrameType, HELLO_TIMEOUT_MS, type UpFrame } from "@warren/protocol/session";
import { describe, expect, it } from "vitest";
import { pit } from "../testing/pit.ts";
import { TestNode } from "../testing/test-node.ts";

const INPUT = (generation: number, inputNumber = 1): UpFrame => ({
  type: FrameType.INPUT,
  body: { generation, inputNumber, eventSeq: 0, seenAt: 0, payload: new Uint8Array([0]) },
});
const open = (...args: Parameters<typeof pit>) => new TestNode(pit(...args));

describe("messages", () => {
  it("[T2] a text message closes with PROTOCOL_VIOLATION", () => {
    const node = open();
    const ann = node.join("ann");
    ann.message(encodeFrame(INPUT(1)), false);
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    expect(ann.socket.closedBy?.reason).toBe("PROTOCOL_VIOLATION: message is text; accepted: binary frames");
  });

  it.each([
    ["nothing", []],
    ["an unknown type", [0x33, 0]],
    ["half a frame", [0x10, 5, 1]],
    ["a length that never ends", [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a frame and a byte", [...encodeFrame(INPUT(1)), 9]],
  ])("[T3] a message that is not made of whole frames closes with PROTOCOL_VIOLATION: %s", (_what, bytes) => {
    const ann = open().join("ann");
    ann.message(new Uint8Array(bytes));
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[T3] a frame of the other direction closes with PROTOCOL_VIOLATION", () => {
    const ann = open().join("ann");
    ann.send({ type: FrameType.RESYNC, body: { epoch: 3, eventSeq: 0, reason: "" } });
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[T3] 64 frames are a message, 65 are a PROTOCOL_VIOLATION", () => {
    const ann = open().join("ann");
    const frames = (count: number) => Array.from({ length: count }, () => INPUT(1));
    ann.send(...frames(64));
    expect(ann.closed).toBe("");
    ann.send(...frames(65));
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[T4] a message over 16 KiB closes with FRAME_TOO_LARGE", () => {
    const node = open();
    const ann = node.join("ann");
    ann.message(new Uint8Array(16 * 1024));
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    const ben = node.join("ben");
    ben.message(new Uint8Array(16 * 1024 + 1));
    expect(ben.closed).toBe("FRAME_TOO_LARGE");
    expect(node.refused).toEqual(["PROTOCOL_VIOLATION", "FRAME_TOO_LARGE"]);
  });

  it("[T6] after a final close the session is over; the seat is kept, and a fresh token takes it", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    ann.message(new Uint8Array([0]));
    const resuming = node.connect();
    resuming.resume(ann);
    expect(resuming.closed).toBe("SESSION_NOT_FOUND");
    expect(node.sessions.sessionCount).toBe(0);
    const again = node.connect();
    again.hello({ seatToken: node.token("ann") });
    node.clock.advance(50);
    expect(again.view.count).toBeGreaterThan(0);
    expect(calls).toEqual(["join ann"]);
    again.message(new Uint8Array([0]));
    node.clock.advance(6_000);
    expect(calls).toEqual(["join ann", "leave ann timeout"]);
  });

  it("[T7] more frames than the average allows close with RATE_LIMITED, which can be resumed; a burst of twice that does not", () => {
    const node = open();
    const ann = node.join("ann");
    const burst = Array.from({ length: 50 }, () => INPUT(1));
    for (let i = 0; i < 4; i++) ann.send(...burst);
    expect(ann.closed).toBe("");
    ann.send(INPUT(1));
    expect(ann.closed).toBe("RATE_LIMITED");
    node.clock.advance(1_000);
    const again = node.connect();
    again.resume(ann);
    node.clock.advance(50);
    expect(again.view.count).toBeGreaterThan(0);
    again.send(...Array.from({ length: 50 }, () => INPUT(2)));
    expect(again.closed).toBe("");
  });

  it("[T7] the average can be kept up for ever", () => {
    const node = open();
    const ann = node.join("ann");
    for (let i = 1; i <= 1_000; i++) {
      node.clock.advance(10);
      ann.send(INPUT(1, i));
    }
    expect(ann.closed).toBe("");
  });
});

describe("opening", () => {
  it("[H1] a socket that says nothing is closed with HELLO_TIMEOUT after 5 s", () => {
    const node = open();
    const ann = node.connect();
    node.clock.advance(HELLO_TIMEOUT_MS - 1);
    expect(ann.closed).toBe("");
    node.clock.advance(1);
    expect(ann.closed).toBe("HELLO_TIMEOUT");
  });

  it("[H1] a socket that said HELLO in time is not closed", () => {
    const node = open();
    const ann = node.join("ann");
    node.clock.advance(HELLO_TIMEOUT_MS * 2);
    expect(ann.closed).toBe("");
  });

  it("[H1] any other first frame closes with PROTOCOL_VIOLATION, and so does a second HELLO", () => {
    const node = open();
    const ann = node.connect();
    ann.send(INPUT(1));
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    const ben = node.join("ben");
    ben.hello({ seatToken: node.token("ben") });
    expect(ben.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[H2] another protocol version closes with PROTOCOL_VERSION_UNSUPPORTED, and the token is still good", () => {
    const node = open();
    node.reserve("ann");
    const seatToken = node.token("ann");
    const ann = node.connect();
    ann.hello({ seatToken, protocolVersion: 1 });
    expect(ann.closed).toBe("PROTOCOL_VERSION_UNSUPPORTED");
    const again = node.connect();
    again.hello({ seatToken });
    node.clock.advance(50);
    expect(again.closed).toBe("");
    const resuming = node.connect();
    resuming.resume(again, { protocolVersion: 0 });
    expect(resuming.closed).toBe("PROTOCOL_VERSION_UNSUPPORTED");
  });

  it.each([
    ["a forged token", "forged", "SEAT_TOKEN_INVALID"],
    ["a room that is not there", "ann r_gone", "ROOM_NOT_FOUND"],
    ["a player without a seat", "ben r_test", "SEAT_NOT_FOUND"],
  ])("[H3] %s closes with its code", (_what, seatToken, code) => {
    const node = open();
    node.reserve("ann");
    const client = node.connect();
    client.hello({ seatToken });
    expect(client.closed).toBe(code);
    expect(node.refused).toEqual([code]);
    expect(node.sessions.sessionCount).toBe(0);
  });

  it("[H3] a token works once", () => {
    const node = open();
    node.reserve("ann");
    const seatToken = node.token("ann");
    node.connect().hello({ seatToken });
    const again = node.connect();
    again.hello({ seatToken });
    expect(again.closed).toBe("SEAT_TOKEN_USED");
  });

  it("[H4] without a fingerprint WELCOME carries the wire schema, with the room's own it does not", () => {
    const node = open();
    const ann = node.join("ann");
    expect(JSON.parse(ann.welcome.wireSchema)).toEqual(node.definition.wire);
    expect(ann.welcome.wireFingerprint).toBe(node.definition.wireFingerprint);
    node.reserve("ben");
    const ben = node.connect();
    ben.hello({ seatToken: node.token("ben"), wireFingerprint: node.definition.wireFingerprint });
    node.clock.advance(50);
    expect(ben.welcome.wireSchema).toBe("");
    expect(ben.view.count).toBeGreaterThan(0);
  });

  it("[H4] with any other fingerprint the client is sent the schema, too", () => {
    const node = open();
    node.reserve("ann");
    const ann = node.connect();
    ann.hello({ seatToken: node.token("ann"), wireFingerprint: "0000000000000000" });
    node.clock.advance(50);
    expect(JSON.parse(ann.welcome.wireSchema)).toEqual(node.definition.wire);
    expect(ann.view.count).toBeGreaterThan(0);
  });

  it("[H5] WELCOME and a snapshot come in one message, within a tick", () => {
    const node = open();
    node.clock.advance(10);
    const ann = node.hello("ann");
    expect(ann.frames).toEqual([]);
    node.clock.advance(40);
    expect(ann.messages[0]?.map(({ type }) => type)).toEqual([FrameType.WELCOME, FrameType.STATE]);
    expect(ann.states[0]).toMatchObject({ epoch: 3, baseTick: 0, tick: 1, inputNumber: 0, inputsWaiting: 0 });
    expect(ann.welcome).toMatchObject({
      generation: 1,
      roomId: "r_test",
      roomName: "pit",
      playerId: "ann",
      epoch: 3,
      tickHz: 20,
      sendHz: 20,
      actionSeq: 0,
      resumeGraceMs: 5_000,
    });
  });

  it("[H5] within a tick also in a room that sends seldom", () => {
    const node = open([], { tickHz: 20, sendHz: 1 });
    const ann = node.join("ann");
    node.clock.advance(975);
    const ben = node.hello("ben");
    node.clock.advance(50);
    expect(ben.states).toHaveLength(1);
    const cid = node.hello("cid");
    node.clock.advance(50);
    expect([ann.states.length, cid.states.length]).toEqual([2, 1]);
  });

  it("[H5] a client may send as soon as it has seen WELCOME", () => {
    const ann = open().join("ann");
    ann.act("add", { n: 5 });
    expect(ann.closed).toBe("");
    expect(ann.results()).toEqual(["1 6"]);
  });

  it("[H6] a HELLO by a player who has a session takes the seat over", () => {
    const calls: string[] = [];
    const node = open(calls);
    const old = node.join("ann");
    old.act("add", { n: 1 });
    const young = node.join("ann");
    expect(old.closed).toBe("SESSION_SUPERSEDED");
    expect(young.view.count).toBe(3);
    expect(young.welcome).toMatchObject({ generation: 1, actionSeq: 1 });
    expect(young.welcome.sessionId).not.toBe(old.welcome.sessionId);
    expect(node.sessions.sessionCount).toBe(1);
    expect(calls).toEqual(["join ann", "add ann 1"]);
    const resuming = node.connect();
    resuming.resume(old);
    expect(resuming.closed).toBe("SESSION_NOT_FOUND");
  });

  it("[H6] frames that a session which was taken over still sends are not heard", () => {
    const calls: string[] = [];
    const node = open(calls);
    const old = node.join("ann");
    old.socket.onClose = () => {}; // a transport that tells late
    const young = node.join("ann");
    old.act("add", { n: 1 });
    old.message(new Uint8Array([0]));
    old.lose();
    expect(young.closed).toBe("");
    expect(calls).toEqual(["join ann"]);
  });

  it("[H6] only the sockets of the room a token names are concerned", () => {
    const node = open();
    node.open("r_other" as never);
    const here = node.join("ann");
    const there = node.join("ann", "r_other" as never);
    expect([here.closed, there.closed]).toEqual(["", ""]);
  });
});

describe("coming back", () => {
  it("[S1] the seat is kept for the grace, and RESUME continues the session with a new key", () => {
    const calls: string[] = [];
    const node = open(calls);
    const first = node.join("ann");
    first.lose();
    node.clock.advance(4_000);
    const second = node.connect();
    second.resume(first);
    node.clock.advance(50);
    expect(second.welcome.sessionId).toBe(first.welcome.sessionId);
    expect(second.welcome.resumeKey).not.toBe(first.welcome.resumeKey);
    expect(calls).toEqual(["join ann"]);
  });

  it("[S1] a WELCOME that was lost costs nothing: the key before works until the client is heard on the new socket", () => {
    const node = open();
    const first = node.join("ann");
    first.lose();
    const unheard = node.connect();
    unheard.resume(first);
    unheard.lose();
    const second = node.connect();
    second.resume(first);
    node.clock.advance(50);
    expect(second.welcome.generation).toBe(3);
    second.act("shout", { times: 1, bytes: 1, to: [] });
    const replay = node.connect();
    replay.resume(first);
    expect(replay.closed).toBe("SESSION_NOT_FOUND");
  });

  it("[S2] the answer is WELCOME without schema, RESYNC and a snapshot, in one message", () => {
    const node = open();
    const first = node.join("ann");
    first.act("shout", { times: 3, bytes: 1, to: [] });
    first.lose();
    node.join("ben").act("shout", { times: 2, bytes: 1, to: [] });
    const second = node.connect();
    second.resume(first, { eventSeq: 3 });
    node.clock.advance(50);
    expect(second.messages[0]?.map(({ type }) => type)).toEqual([
      FrameType.WELCOME,
      FrameType.RESYNC,
      FrameType.STATE,
    ]);
    expect(second.welcome).toMatchObject({ generation: 2, wireSchema: "" });
    expect(second.resync).toMatchObject({ epoch: 3, eventSeq: 5 });
    expect(second.states[0]?.baseTick).toBe(0);
    second.act("shout", { times: 1, bytes: 1, to: [] });
    expect(second.events.map(({ eventSeq }) => eventSeq)).toEqual([6]);
  });

  it("[S3] an action whose reply did not come is sent again with its number, and is not executed again", () => {
    const calls: string[] = [];
    const node = open(calls);
    const first = node.join("ann");
    first.act("add", { n: 1 });
    first.lose();
    const second = node.connect();
    second.resume(first);
    node.clock.advance(50);
    expect(second.welcome.actionSeq).toBe(1);
    second.act("add", { n: 1 }, 1);
    second.act("add", { n: 2 }, 2);
    expect(second.results()[0]).toBe(first.results()[0]);
    expect(calls).toEqual(["join ann", "add ann 1", "add ann 2"]);
  });

  it.each([
    ["a session that is not known", { sessionId: "s_nobody" }],
    ["a wrong key", { resumeKey: "key 0" }],
    ["no key", { resumeKey: "" }],
    ["an epoch above the room's", { epoch: 4 }],
  ])("[S4] %s closes with SESSION_NOT_FOUND, and the session goes on", (_what, body) => {
    const node = open();
    const ann = node.join("ann");
    const other = node.connect();
    other.resume(ann, body);
    expect(other.closed).toBe("SESSION_NOT_FOUND");
    expect(ann.closed).toBe("");
    ann.act("add", { n: 1 });
    expect(ann.results()).toHaveLength(1);
  });

  it("an eventSeq that was never sent closes with PROTOCOL_VIOLATION, and the session goes on", () => {
    const node = open();
    const ann = node.join("ann");
    const other = node.connect();
    other.resume(ann, { eventSeq: 1 });
    expect(other.closed).toBe("PROTOCOL_VIOLATION");
    expect(ann.closed).toBe("");
  });

  it.each([["at once"], ["late"]])(
    "[S5] a newer socket closes the older with SESSION_SUPERSEDED; what the older still sends is not heard (its transport tells %s)",
    (when) => {
      const calls: string[] = [];
      const node = open(calls);
      const older = node.join("ann");
      if (when === "late") older.socket.onClose = () => {};
      const newer = node.connect();
      newer.resume(older);
      expect(older.closed).toBe("SESSION_SUPERSEDED");
      node.clock.advance(50);
      older.act("add", { n: 1 });
      older.message(new Uint8Array([0xff]));
      older.leave(2);
      older.lose();
      newer.act("add", { n: 2 });
      expect(newer.closed).toBe("");
      expect(calls).toEqual(["join ann", "add ann 2"]);
    },
  );

  it("[S6] a player who is away longer than the grace loses the seat", () => {
    const calls: string[] = [];
    const node = open(calls);
    node.join("ben");
    const ann = node.join("ann");
    ann.lose();
    node.clock.advance(6_000);
    expect(calls).toEqual(["join ben", "join ann", "leave ann timeout"]);
    const resuming = node.connect();
    resuming.resume(ann);
    expect(resuming.closed).toBe("SESSION_NOT_FOUND");
    const again = node.connect();
    again.hello({ seatToken: node.token("ann") });
    expect(again.closed).toBe("SEAT_NOT_FOUND");
    expect(node.sessions.sessionCount).toBe(1);
  });

  it("[S6] being away is counted anew each time", () => {
    const calls: string[] = [];
    const node = open(calls);
    let ann = node.join("ann");
    for (let i = 0; i < 3; i++) {
      ann.lose();
      node.clock.advance(4_000);
      const next = node.connect();
      next.resume(ann);
      node.clock.advance(50);
      ann = next;
    }
    expect(calls).toEqual(["join ann"]);
  });
});

describe("playing", () => {
  it("[P1] a frame of another generation closes with PROTOCOL_VIOLATION", () => {
    const ann = open().join("ann");
    ann.send(INPUT(2));
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    expect(ann.socket.closedBy?.reason).toContain("generation is 2; accepted: 1");
    const node = open();
    const first = node.join("ann");
    const second = node.connect();
    second.resume(first);
    node.clock.advance(50);
    second.send(INPUT(1));
    expect(second.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[P2] every frame carries the room's epoch", () => {
    const ann = open().join("ann");
    ann.act("shout", { times: 1, bytes: 1, to: [] });
    const epochs = [...ann.states, ...ann.events, ...ann.replies, ann.welcome].map(({ epoch }) => epoch);
    expect(new Set(epochs)).toEqual(new Set([3]));
    expect(epochs.length).toBeGreaterThan(3);
  });

  it("[P10] an input that is not valid for its type closes with INVALID_ARGUMENT", () => {
    const ann = open().join("ann");
    ann.send({
      type: FrameType.INPUT,
      body: { generation: 1, inputNumber: 1, eventSeq: 0, seenAt: 0, payload: new Uint8Array([1, 2]) },
    });
    expect(ann.closed).toBe("INVALID_ARGUMENT");
  });

  it("[P7] an eventSeq above the last event sent closes with PROTOCOL_VIOLATION", () => {
    const ann = open().join("ann");
    ann.act("shout", { times: 2, bytes: 1, to: [] });
    ann.send({ type: FrameType.ACK, body: { generation: 1, eventSeq: 2 } });
    expect(ann.closed).toBe("");
    ann.send({ type: FrameType.ACK, body: { generation: 1, eventSeq: 3 } });
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[P13] PING is answered with its stamp at the end of the turn, before the next tick", () => {
    const ann = open().join("ann");
    const before = ann.messages.length;
    ann.send(
      { type: FrameType.PING, body: { generation: 1, stamp: 300 } },
      { type: FrameType.PING, body: { generation: 1, stamp: 0 } },
    );
    expect(ann.messages.slice(before)).toEqual([
      [
        { type: FrameType.PONG, body: { stamp: 300 } },
        { type: FrameType.PONG, body: { stamp: 0 } },
      ],
    ]);
    ann.send({ type: FrameType.PING, body: { generation: 2, stamp: 1 } });
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
  });

  it("[P13] PINGs count as frames: too many close with RATE_LIMITED", () => {
    const ann = open().join("ann");
    const burst = Array.from({ length: 50 }, () => ({
      type: FrameType.PING,
      body: { generation: 1, stamp: 1 },
    }));
    for (let i = 0; i < 4; i++) ann.send(...burst);
    expect(ann.closed).toBe("");
    ann.send(burst[0]!);
    expect(ann.closed).toBe("RATE_LIMITED");
  });

  it("[P7] ACK is accepted and changes nothing", () => {
    const ann = open().join("ann");
    ann.send({ type: FrameType.ACK, body: { generation: 1, eventSeq: 0 } });
    expect(ann.closed).toBe("");
  });

  it("[P11] LEAVE gives the seat back and closes with 1000", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    ann.leave();
    expect(ann.closed).toBe("1000");
    expect(calls).toEqual(["join ann", "leave ann left"]);
    expect(node.sessions.sessionCount).toBe(0);
    const resuming = node.connect();
    resuming.resume(ann);
    expect(resuming.closed).toBe("SESSION_NOT_FOUND");
  });

  it("[P11] what follows LEAVE in its message is not heard", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    ann.send({ type: FrameType.LEAVE, body: { generation: 1 } }, ann.actionFrame("add", { n: 1 }));
    expect(ann.closed).toBe("1000");
    expect(calls).toEqual(["join ann", "leave ann left"]);
  });
});
