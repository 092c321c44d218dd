import { RelayPacket } from "@warren/protocol/services";
import { encodeFrame, FrameType } from "@warren/protocol/session";
import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { defineRoom } from "../definition.ts";
import { ADMISSION_MS_MAX } from "../session/connection.ts";
import { pit } from "../testing/pit.ts";
import { RelayWorld } from "../testing/relay-world.ts";
import type { TestClient } from "../testing/test-node.ts";
import {
  RELAY_ADMIT_MS_MAX,
  RELAY_ADMITS_MAX,
  RELAY_INPUT_GAP_MS,
  RELAY_ITEM_BYTES_MAX,
  RELAY_SESSION_BYTES_MAX,
} from "./relay-limits.ts";

const ROOM = "r_test";

/** `a` owns the room, `b` relays. */
function open(...args: Parameters<typeof pit>) {
  const world = new RelayWorld();
  const definition = pit(...args);
  const a = world.node("a", definition, ROOM);
  const b = world.node("b", definition);
  const join = async (player: string): Promise<TestClient> => {
    a.reserve(player);
    const client = b.connect();
    client.hello({ seatToken: a.token(player) });
    await world.pass(60);
    return client;
  };
  const watch = async (player: string, node = b): Promise<TestClient> => {
    const client = node.connect();
    client.hello({ seatToken: `${a.token(player)} watch` });
    await world.pass(60);
    return client;
  };
  return { world, a, b, join, watch };
}

it("a HELLO hears from the relay why it was not answered before its socket gives it up", () => {
  expect(RELAY_ADMIT_MS_MAX).toBeLessThan(ADMISSION_MS_MAX);
});

describe("a relayed session", () => {
  it("[H5] gets WELCOME and a snapshot in one message, and then deltas", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    expect(ann.messages[0]!.map(({ type }) => type)).toEqual([FrameType.WELCOME, FrameType.STATE]);
    expect(ann.welcome).toMatchObject({ playerId: "ann", roomId: ROOM, epoch: 3, tickHz: 20, generation: 1 });
    await world.pass(500);
    expect(ann.states.map(({ baseTick }) => baseTick === 0).slice(0, 3)).toEqual([true, false, false]);
    expect(ann.view.count).toBeGreaterThan(10);
    expect(ann.states.at(-1)!.inputNumber).toBe(0);
  });

  it("acts, and is told the result, what changed and every event once", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    const ben = await join("ben");
    ann.act("add", { n: 7 });
    ann.act("shout", { times: 3, bytes: 4, to: [] });
    ben.act("refuse");
    await world.pass(100);
    expect(ann.results()[1]).toBe("2 ok");
    expect(ann.notes).toEqual(["1...", "2...", "3..."]);
    expect(ben.notes).toEqual(["1...", "2...", "3..."]);
    expect(ben.results()).toEqual(["1 ACTION_REFUSED not today"]);
    expect(ben.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3]);
  });

  it("sees a change before it hears of it, also when the packet with both is lost", async () => {
    const { world, a, join } = open([], { sendHz: 20 });
    const ann = await join("ann");
    let lost = 0;
    world.loses = (packet, from) => from === a.id && packet.items.some(isEvent) && lost++ === 0;
    ann.act("later", { delayMs: 20, text: "boo" });
    await world.pass(400);
    expect([lost > 0, ann.notes]).toEqual([true, ["boo"]]);
    const message = ann.messages.find((frames) => frames.some(({ type }) => type === FrameType.EVENT))!;
    const types = message.map(({ type }) => type);
    expect(types.indexOf(FrameType.STATE)).toBeLessThan(types.indexOf(FrameType.EVENT));
    expect(types).toContain(FrameType.STATE);
  });

  it("goes on from the state it had when there was no NATS for a while", async () => {
    const { world, a, b, join } = open();
    const ann = await join("ann");
    await world.pass(200);
    world.offline.add(a.id).add(b.id);
    ann.act("add", { n: 1 });
    await world.pass(30_000, 10);
    expect([ann.closed, ann.results()]).toEqual(["", []]);
    const { count } = ann.view;
    world.offline.clear();
    await world.pass(500);
    expect(ann.results().map((result) => result.split(" ")[0])).toEqual(["1"]);
    expect(ann.view.count).toBeGreaterThan(count + 500);
    // No snapshot after the first.
    expect(ann.states.filter(({ baseTick }) => baseTick === 0).length).toBe(1);
  });

  it("[S1] [S2] is resumed as one here", async () => {
    const calls: string[] = [];
    const { world, b, join } = open(calls);
    const ann = await join("ann");
    ann.act("shout", { times: 2, bytes: 1, to: [] });
    await world.pass(100);
    ann.lose();
    await world.pass(1_000);
    const again = b.connect();
    again.resume(ann, { eventSeq: 2 });
    await world.pass(100);
    expect(again.messages[0]!.map(({ type }) => type)).toEqual([
      FrameType.WELCOME,
      FrameType.RESYNC,
      FrameType.STATE,
    ]);
    expect([again.welcome.generation, again.resync!.eventSeq, again.states[0]!.baseTick]).toEqual([2, 2, 0]);
    again.act("shout", { times: 1, bytes: 1, to: [] });
    await world.pass(100);
    expect(again.events.map(({ eventSeq }) => eventSeq)).toEqual([3]);
    again.lose();
    await world.pass(6_500);
    expect(calls).toEqual(["join ann", "leave ann timeout"]);
    const late = b.connect();
    late.resume(again);
    expect(late.closed).toBe("SESSION_NOT_FOUND");
  });

  it.each<[string, (ann: TestClient) => void, string]>([
    ["[P10] an input that is not valid", (ann) => ann.send(inputOf(ann, 9)), "INVALID_ARGUMENT"],
    ["[P8] a number that skips one", (ann) => ann.act("add", { n: 1 }, 5), "PROTOCOL_VIOLATION"],
    ["[P12] the end of the room", (ann) => ann.act("end"), "ROOM_ENDED"],
    ["[P12] a failure of the room's own code", (ann) => ann.act("fail"), "ROOM_FAILED"],
    ["being kicked", (ann) => ann.act("kick", { player: "ann" }), "KICKED"],
  ])("closes as one here: %s", async (_what, trigger, code) => {
    const { world, b, join } = open();
    const ann = await join("ann");
    trigger(ann);
    await world.pass(100);
    expect(ann.closed).toBe(code);
    expect([b.sessions.sessionCount, b.relay.guestSessions]).toEqual([0, 0]);
  });

  it("[P12] what changed together with the end is still seen", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    ann.send(ann.actionFrame("add", { n: 100 }), ann.actionFrame("end", {}));
    await world.pass(100);
    expect([ann.closed, ann.results()[0]]).toEqual(["ROOM_ENDED", `1 ${ann.view.count}`]);
  });

  it("sends an input at once when it is alone, and those of many together", async () => {
    const { world, b, join } = open();
    const players = [await join("ann"), await join("ben"), await join("cid")] as const;
    const sent = () => world.packets.filter(({ from, packet }) => from === b.id && packet.inputs.length > 0);
    players[0].input(1);
    await world.pass(1);
    expect(sent()).toHaveLength(1);
    for (let ms = 0; ms < 20; ms++) {
      for (const player of players) player.input(ms);
      await world.pass(1);
    }
    await world.pass(10);
    expect(sent().length).toBeLessThanOrEqual(2 + 20 / RELAY_INPUT_GAP_MS);
    expect(sent().flatMap(({ packet }) => packet.inputs)).toHaveLength(1 + 3 * 20);
  });

  it("[P11] LEAVE gives the seat back", async () => {
    const calls: string[] = [];
    const { world, b, join } = open(calls);
    const ann = await join("ann");
    ann.leave();
    await world.pass(100);
    expect([ann.closed, calls]).toEqual(["1000", ["join ann", "leave ann left"]]);
    expect([b.sessions.sessionCount, b.relay.guestSessions]).toEqual([0, 0]);
  });

  it("[H6] ends when the player comes in by another node", async () => {
    const { a, join, world } = open();
    const ann = await join("ann");
    const here = a.hello("ann");
    await world.pass(100);
    expect([ann.closed, here.closed]).toEqual(["SESSION_SUPERSEDED", ""]);
  });
});

describe("states", () => {
  it("are one for all of a node who see the same and were told the same, and spectators are one reader", async () => {
    const { world, a, join, watch } = open([], { spectators: 20 });
    const all = [await join("ann"), await join("ben")];
    for (let i = 0; i < 10; i++) all.push(await watch(`eve${i}`));
    world.packets.length = 0;
    await world.pass(1_000);
    const states = world.packets.filter(({ from }) => from === a.id).flatMap(({ packet }) => packet.states);
    expect(states.length).toBe(20);
    expect(new Set(states.map(({ readers }) => readers.length))).toEqual(new Set([3]));
    for (const client of all) expect(client.tick).toBe(all[0]!.tick);
  });

  it("[W2] of spectators go on when some of them come and go", async () => {
    const { world, b, join, watch } = open([], { spectators: 5 });
    const ann = await join("ann");
    const eve = await watch("eve");
    const finn = await watch("finn");
    ann.act("shout", { times: 2, bytes: 1, to: [] });
    await world.pass(100);
    expect([eve.notes, finn.notes]).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
    eve.lose();
    ann.act("shout", { times: 1, bytes: 1, to: [] });
    await world.pass(300);
    expect(finn.notes).toEqual(["1", "2", "1"]);
    const again = b.connect();
    again.resume(eve);
    await world.pass(300);
    expect([again.welcome.spectator, again.resync!.eventSeq, again.tick]).toEqual([true, 3, finn.tick]);
    finn.leave();
    await world.pass(300);
    expect(again.tick).toBe(ann.tick);
    again.act("add", { n: 1 });
    await world.pass(100);
    expect(again.results()[0]).toMatch(/^1 SPECTATOR_ONLY/);
    expect(finn.states.filter(({ baseTick }) => baseTick === 0).length).toBe(1);
  });

  it("that are skipped because a socket is behind cost a snapshot when it has room again", async () => {
    const { world, b, join } = open();
    const ann = await join("ann");
    ann.socket.buffered = 2 ** 20;
    await world.pass(500);
    expect(b.statesSkipped).toBe(1);
    ann.socket.buffered = 0;
    ann.connection.drained();
    await world.pass(200);
    expect(ann.states.filter(({ baseTick }) => baseTick === 0).length).toBe(2);
    expect([ann.view.count > 12, b.resynced]).toEqual([true, 0]);
  });

  it("that are lost cost a snapshot, in a room without ticks too, where no other may come", async () => {
    const { world, a, b, join } = open([], { tickHz: 0 });
    const ann = await join("ann");
    let lost = 0;
    world.loses = (packet, from) => from === a.id && packet.states.length > 0 && lost++ === 0;
    ann.act("add", { n: 5 });
    await world.pass(3_000);
    expect([lost > 0, ann.view.count, ann.results(), b.resynced]).toEqual([true, 5, ["1 5"], 1]);
  });
});

describe("admission", () => {
  it("[H3] what the room's node says of a token is what its bearer is told", async () => {
    const { world, a, b } = open();
    const used = a.token("ann");
    for (const [token, code] of [
      [used, "SEAT_NOT_FOUND"],
      [used, "SEAT_TOKEN_USED"],
      [`${a.token("ann")} watch`, "ROOM_NOT_WATCHABLE"],
    ] as const) {
      const client = b.connect();
      client.hello({ seatToken: token });
      await world.pass(20);
      expect(client.closed).toBe(code);
    }
    expect([a.relay.hostedSessions, b.sessions.sessionCount]).toEqual([0, 0]);
  });

  it("[H8] closes with UNAVAILABLE within 3 s when the room's node does not answer, and takes no seat later", async () => {
    const calls: string[] = [];
    const { world, a, b } = open(calls);
    world.loses = (_packet, from) => from === b.id;
    a.reserve("ann");
    const ann = b.connect();
    ann.hello({ seatToken: a.token("ann") });
    await world.pass(RELAY_ADMIT_MS_MAX - 100, 10);
    expect(ann.closed).toBe("");
    await world.pass(200, 10);
    expect(ann.closed).toBe("UNAVAILABLE");
    world.loses = () => false;
    await world.pass(5_000, 10);
    expect([calls, a.relay.hostedSessions]).toEqual([[], 0]);
  });

  it("[H8] of more than wait for one node already is UNAVAILABLE at once, and those before are still let in", async () => {
    const { world, a, b } = open();
    a.reserve("ann");
    const ann = b.connect();
    ann.hello({ seatToken: a.token("ann") });
    for (let others = 1; others < RELAY_ADMITS_MAX; others++) {
      const client = b.connect();
      client.hello({ seatToken: `made-up ${ROOM} ${others}` });
      // Whoever hangs up waits all the same.
      client.lose();
    }
    const late = b.connect();
    late.hello({ seatToken: a.token("ann") });
    await world.pass(1);
    expect(late.closed).toBe("UNAVAILABLE");
    await world.pass(60);
    expect([ann.closed, ann.welcome.playerId]).toEqual(["", "ann"]);
    const next = b.connect();
    next.hello({ seatToken: a.token("ann") });
    await world.pass(60);
    expect(next.welcome.playerId).toBe("ann");
  });

  it("[H8] closes with UNAVAILABLE at once when there is no NATS", async () => {
    const { world, a, b } = open();
    world.offline.add(b.id);
    const ann = b.connect();
    ann.hello({ seatToken: a.token("ann") });
    await world.pass(1);
    expect(ann.closed).toBe("UNAVAILABLE");
  });

  it.each<[string, (ann: TestClient) => void, string]>([
    ["a second HELLO", (ann) => ann.hello({ seatToken: "x" }), "PROTOCOL_VIOLATION"],
    ["a frame before WELCOME", (ann) => ann.send(inputOf(ann, 1)), "PROTOCOL_VIOLATION"],
    ["the client", (ann) => ann.lose(), ""],
  ])(
    "[H1] a socket closed by %s while the room's node is asked keeps its seat for the grace",
    async (_by, close, code) => {
      const calls: string[] = [];
      const { world, a, b } = open(calls);
      a.reserve("ann");
      const ann = b.connect();
      ann.hello({ seatToken: a.token("ann") });
      close(ann);
      await world.pass(100);
      expect([ann.closed, calls]).toEqual([code, ["join ann"]]);
      expect(ann.frames).toEqual([]);
      await world.pass(6_500, 10);
      expect([calls, b.sessions.sessionCount]).toEqual([["join ann", "leave ann timeout"], 0]);
    },
  );

  it("[H1] a socket waits longer than HELLO_TIMEOUT for nothing, and HELLO in time is in time", async () => {
    const { world, join } = open();
    const ann = await join("ann");
    await world.pass(10_000, 10);
    expect(ann.closed).toBe("");
  });
});

describe("a node that is gone", () => {
  it("ends the sessions of its rooms after 15 s, so that their clients get fresh seats", async () => {
    const { world, a, b, join } = open();
    const ann = await join("ann");
    world.loses = (_packet, from, to) => from === a.id || to === a.id;
    await world.pass(14_500, 10);
    expect(ann.closed).toBe("");
    await world.pass(700, 10);
    expect([ann.closed, b.sessions.sessionCount]).toEqual(["UNAVAILABLE", 0]);
  });

  it("and has no lease, sooner", async () => {
    const { world, a, join } = open();
    const ann = await join("ann");
    world.loses = (_packet, from, to) => from === a.id || to === a.id;
    world.leaseless.add(a.id);
    await world.pass(4_500, 10);
    expect(ann.closed).toBe("");
    await world.pass(700, 10);
    expect(ann.closed).toBe("UNAVAILABLE");
  });

  it("with sessions, is not told anything more, and goes on where it was if it comes back", async () => {
    const calls: string[] = [];
    const { world, a, b, join } = open(calls, { resumeGraceMs: 100_000 });
    const ann = await join("ann");
    const told = () => world.packets.filter(({ from }) => from === a.id).length;
    world.loses = (_packet, from) => from === b.id;
    await world.pass(15_500, 10);
    // The room's node has given it up, and says nothing more.
    const before = told();
    await world.pass(3_000, 10);
    expect([told() - before, ann.closed]).toEqual([0, ""]);
    world.loses = () => false;
    await world.pass(1_000);
    ann.act("add", { n: 1 });
    await world.pass(100);
    expect([ann.closed, ann.results().length, calls]).toEqual(["", 1, ["join ann", "add ann 1"]]);
    expect(told() - before).toBeGreaterThan(5);
  });

  it("and came back as another, is told that its sessions are over", async () => {
    const { world, a, b, join } = open();
    const ann = await join("ann");
    // A node of the same id that knows nothing; ids are new at every start, so that only a fault can do this.
    world.node("a", a.definition);
    ann.act("add", { n: 1 });
    await world.pass(50);
    expect([ann.closed, b.relay.guestSessions]).toEqual(["UNAVAILABLE", 0]);
  });

  it("of another version of the relay is not spoken to", async () => {
    const { world, a, b } = open();
    const send = world.publish.bind(world);
    world.publish = (from, to, bytes) => {
      const packet = RelayPacket.decode(bytes);
      if (from === b.id) packet.version++;
      send(from, to, RelayPacket.encode(packet).finish());
    };
    a.reserve("ann");
    const ann = b.connect();
    ann.hello({ seatToken: a.token("ann") });
    await world.pass(20);
    expect([ann.closed, a.relay.hostedSessions]).toEqual(["UNAVAILABLE", 0]);
  });

  it("stops: the sockets it had are let go of at once", async () => {
    const { world, a, b, join } = open([], { resumeGraceMs: 1_000 });
    await join("ann");
    b.relay.close();
    await world.pass(2_500, 10);
    expect(a.rooms.summaries().next().value).toMatchObject({ players: 0 });
  });
});

describe("limits", () => {
  it("count the schema that the first session of a channel is answered with", async () => {
    const { world, a, join } = open();
    world.loses = (_packet, from) => from === a.id;
    await join("ann");
    const { length } = JSON.stringify(a.definition.wire);
    expect([a.relay.waitingBytes > length, length > 100]).toEqual([true, true]);
  });

  it("events that wait for a node end their session when they are too many, and no other", async () => {
    const { world, a, b, join } = open();
    const ann = await join("ann");
    const ben = await join("ben");
    world.offline.add(b.id);
    const host = a.hello("host");
    await world.pass(50);
    for (let i = 0; i < 80; i++) host.act("shout", { times: 1, bytes: 60_000, to: ["ann"] });
    await world.pass(100);
    expect(a.relay.waitingBytes).toBeLessThan(RELAY_SESSION_BYTES_MAX + 100_000);
    world.offline.clear();
    await world.pass(2_000);
    expect([ann.closed, ben.closed]).toEqual(["UNAVAILABLE", ""]);
    expect([a.relay.waitingBytes, a.relay.hostedSessions]).toEqual([0, 1]);
  });

  it("an event that is too large for the bus ends the sessions it is for, and the others hear the next", async () => {
    const world = new RelayWorld();
    const definition = defineRoom({
      seats: 2,
      tickHz: 20,
      options: t.struct({ secret: t.string(8) }),
      join: t.struct({ name: t.string(8) }),
      state: t.state({ count: t.u32() }),
      actions: { big: t.action({}, {}) },
      events: { note: t.event({ texts: t.array(t.string(60_000), 100) }) },
      on: {
        big(room, player) {
          const texts = Array.from({ length: 16 }, () => "x".repeat(60_000));
          room.emit("note", { texts }, [player.id]);
          room.emit("note", { texts: [] });
          return {};
        },
      },
    });
    const a = world.node("a", definition, ROOM);
    const b = world.node("b", definition);
    const [ann, ben] = ["ann", "ben"].map((player) => {
      a.reserve(player);
      const client = b.connect();
      client.hello({ seatToken: a.token(player) });
      return client;
    }) as [TestClient, TestClient];
    await world.pass(60);
    ann.send({
      type: FrameType.ACTION,
      body: { generation: 1, actionSeq: 1, eventSeq: 0, actionId: 0, payload: new Uint8Array() },
    });
    await world.pass(100);
    expect([ann.closed, ben.closed, ben.events.length]).toEqual(["UNAVAILABLE", "", 1]);
    expect(16 * 60_000).toBeGreaterThan(RELAY_ITEM_BYTES_MAX);
  });

  it("actions that wait for the room's node close the socket when they are too many", async () => {
    const { world, b, join } = open();
    const ann = await join("ann");
    world.offline.add(b.id);
    for (let i = 0; i < 400 && ann.closed === ""; i++) {
      ann.message(
        encodeFrame({
          type: FrameType.ACTION,
          body: {
            generation: 1,
            actionSeq: i + 1,
            eventSeq: 0,
            actionId: 0,
            payload: new Uint8Array(16_000),
          },
        }),
      );
      await world.pass(20);
    }
    expect(ann.closed).toBe("UNAVAILABLE");
    expect(b.relay.waitingBytes).toBeLessThan(RELAY_SESSION_BYTES_MAX + 100_000);
  });
});

const isEvent = ({ body }: RelayPacket["items"][number]) => body?.$case === "event";
const inputOf = (client: TestClient, bytes: number) =>
  ({
    type: FrameType.INPUT,
    body: {
      generation: client.frames.length > 0 ? client.welcome.generation : 1,
      inputNumber: 1,
      eventSeq: 0,
      seenAt: 0,
      payload: new Uint8Array(bytes),
    },
  }) as const;
