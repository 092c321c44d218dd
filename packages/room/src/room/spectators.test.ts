import { parseRoomId } from "@warren/kernel";
import { encodeFrame, FrameType } from "@warren/protocol/session";
import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { defineRoom } from "../definition.ts";
import { pit } from "../testing/pit.ts";
import { TestNode } from "../testing/test-node.ts";
import { EMPTY_ROOM_MS } from "./room-runtime.ts";

const ROOM = parseRoomId("r_test");
const open = (...[calls, overrides]: Parameters<typeof pit>) =>
  new TestNode(pit(calls, { spectators: 3, ...overrides }));

describe("spectators", () => {
  it("[W2] a spectator is told so, and shown the state and what is told to everyone", () => {
    const node = open();
    const ann = node.join("ann");
    const eve = node.watch("eve");
    expect([ann.welcome.spectator, eve.welcome.spectator]).toEqual([false, true]);
    ann.act("add", { n: 7 });
    ann.act("shout", { times: 2, bytes: 1, to: [] });
    node.clock.advance(1_000);
    expect(eve.view.count).toBe(ann.view.count);
    expect(eve.notes).toEqual(["1", "2"]);
    // The first is a snapshot, all others are deltas from the one before.
    const bases = eve.states.map(({ baseTick }) => baseTick);
    expect(bases).toEqual([0, ...eve.states.slice(0, -1).map(({ tick }) => tick)]);
  });

  it("[W2] what is told to some, and rows that are somebody's own, do not reach a spectator", () => {
    const SECRET = "the queen of spades";
    const row = t.struct({ text: t.string(30), who: t.string(8), team: t.string(8), x: t.u8(), y: t.u8() });
    const seen = {
      own: t.table(row, { view: "self" }),
      owned: t.table(row, { view: { self: "who" } }),
      ours: t.table(row, { view: { group: "team" } }),
      near: t.table(row, { view: { grid: { x: "x", y: "y", cell: 8, radius: 64 } } }),
    };
    const definition = defineRoom({
      seats: 2,
      tickHz: 20,
      spectators: 1,
      state: t.state({ ...seen, open: t.table(row) }),
      hidden: t.state({ deck: t.string(30) }),
      events: { whisper: t.event({ text: t.string(30) }) },
      onJoin(room, { id }) {
        room.hidden.deck = SECRET;
        room.setGroups(id, { team: "red" });
        for (const name of ["own", "owned", "ours", "near"] as const)
          room.state[name].add(id, { text: SECRET, who: id, team: "red" });
        room.state.open.add(id, { text: "open" });
        room.emit("whisper", { text: SECRET }, [id]);
      },
      onTick(room) {
        for (const name of ["own", "owned", "ours", "near"] as const)
          for (const secret of room.state[name].values()) secret.x++;
      },
    });
    const node = new TestNode(definition, { optionsJson: "" });
    const join = (player: string) => {
      node.rooms.reserve(ROOM, [{ playerId: player, joinJson: "" }]);
      const client = node.connect();
      client.hello({ seatToken: node.token(player) });
      node.clock.advance(100);
      return client;
    };
    const eve = node.watch("eve");
    const ann = join("ann");
    // Also one who has a name that owns rows.
    const sent = (client: typeof eve) => Buffer.concat(client.socket.sent).toString("latin1");
    expect(sent(ann)).toContain(SECRET);
    expect(sent(eve)).toContain("open");
    expect(sent(eve)).not.toContain(SECRET);
    expect(eve.events).toEqual([]);
    eve.leave();
    expect(sent(node.watch("ann"))).not.toContain(SECRET);
    expect(node.errors).toEqual([]);
  });

  it("[W2] the code that players join by is not told", () => {
    const node = new TestNode(pit([], { spectators: 1 }), { joinCode: "ABC234" });
    expect([node.join("ann").welcome.joinCode, node.watch("eve").welcome.joinCode]).toEqual(["ABC234", ""]);
  });

  it("[W3] a spectator's inputs are ignored and its actions answered with SPECTATOR_ONLY", () => {
    const calls: string[] = [];
    const node = open(calls);
    node.join("ann");
    const eve = node.watch("eve");
    eve.input(5);
    // Not even looked at: the type's is one byte.
    const body = { generation: 1, inputNumber: 9, eventSeq: 0, seenAt: 0, payload: new Uint8Array(5) };
    eve.message(encodeFrame({ type: FrameType.INPUT, body }));
    eve.act("add", { n: 1 });
    eve.act("end");
    node.clock.advance(100);
    const refused = "SPECTATOR_ONLY A spectator may watch and nothing else.";
    expect(eve.results()).toEqual([`1 ${refused}`, `2 ${refused}`]);
    expect([calls, eve.closed, node.ended]).toEqual([["join ann"], "", []]);
  });

  it("[W4] one player may watch several times and play as well", () => {
    const node = open();
    const clients = [node.join("ann"), node.watch("ann"), node.watch("ann")];
    node.clock.advance(500);
    expect(clients.map(({ closed }) => closed)).toEqual(["", "", ""]);
    clients[0]!.leave();
    node.clock.advance(500);
    expect(clients.map(({ closed }) => closed)).toEqual(["1000", "", ""]);
  });

  it("[W4] spectators are no players, and keep no empty room alive", () => {
    const calls: string[] = [];
    const node = open(calls);
    const eve = node.watch("eve");
    expect([...node.rooms.summaries()]).toMatchObject([{ players: 0, spectators: 1, watchable: true }]);
    node.clock.advance(EMPTY_ROOM_MS + 1_000);
    expect([calls, node.ended, eve.closed]).toEqual([[], ["r_test"], "ROOM_ENDED"]);
    expect(node.changes.at(-1)).toMatchObject({ spectators: 0, watchable: false });
  });

  it("[W4] a room of whose players one is there goes on when its spectators leave", () => {
    const node = open();
    const ann = node.join("ann");
    node.watch("eve").leave();
    node.clock.advance(60_000);
    expect([ann.closed, node.ended]).toEqual(["", []]);
  });

  it("[W5] a spectator resumes within the grace, from a snapshot", () => {
    const node = open();
    const ann = node.join("ann");
    const eve = node.watch("eve");
    eve.act("add");
    eve.lose();
    ann.act("shout", { times: 1, bytes: 1, to: [] });
    node.clock.advance(4_000);
    const again = node.connect();
    again.resume(eve);
    node.clock.advance(50);
    expect(again.welcome).toMatchObject({ spectator: true, generation: 2, actionSeq: 1 });
    expect(again.resync?.eventSeq).toBe(1);
    expect(again.view.count).toBe(ann.view.count);
    expect([...node.rooms.summaries()]).toMatchObject([{ spectators: 1 }]);
  });

  it("[W5] a spectator who is away longer than the grace is forgotten", () => {
    const node = open();
    node.join("ann");
    const eve = node.watch("eve");
    eve.lose();
    node.clock.advance(6_500);
    expect([...node.rooms.summaries()]).toMatchObject([{ spectators: 0 }]);
    const again = node.connect();
    again.resume(eve);
    expect(again.closed).toBe("SESSION_NOT_FOUND");
  });

  it("[W6] a room takes as many spectators as its definition says, and by default none", () => {
    const node = open();
    node.join("ann");
    const eve = node.watch("eve");
    node.watch("fay");
    node.watch("gus");
    expect(node.watch("hal").closed).toBe("ROOM_NOT_WATCHABLE");
    eve.leave();
    expect(node.watch("hal").closed).toBe("");

    const shut = new TestNode(pit());
    shut.join("ann");
    expect(shut.watch("eve").closed).toBe("ROOM_NOT_WATCHABLE");
    expect([...shut.rooms.summaries()]).toMatchObject([{ watchable: false, spectators: 0 }]);
  });

  it("[W6] when all places are taken, whoever is away longest makes way", () => {
    const node = open();
    node.join("ann");
    const away = ["eve", "fay", "gus"].map((player) => node.watch(player));
    for (const i of [1, 0]) {
      away[i]!.lose();
      node.clock.advance(100);
    }
    expect(node.watch("hal").closed).toBe("");
    const resumed = away.slice(0, 2).map((from) => {
      const again = node.connect();
      again.resume(from);
      return again.closed;
    });
    expect(resumed).toEqual(["", "SESSION_NOT_FOUND"]);
    expect(node.watch("ida").closed).toBe("ROOM_NOT_WATCHABLE");
    expect([...node.rooms.summaries()]).toMatchObject([{ spectators: 3 }]);
  });

  it("the definition's number is from 0 to 100,000", () => {
    expect(() => pit([], { spectators: 100_001 })).toThrow(
      "spectators is 100001; accepted: a whole number from 0 to 100000",
    );
  });

  it("the room's own code sees how many watch", () => {
    const seen: number[] = [];
    const node = open([], { onTick: (room) => void seen.push(room.spectators) });
    node.join("ann");
    const eve = node.watch("eve");
    node.watch("fay");
    eve.leave();
    node.clock.advance(50);
    expect([...new Set(seen)]).toEqual([0, 1, 2]);
    expect(seen.at(-1)).toBe(1);
  });

  it("the host is told once a second at the most that spectators came and went", () => {
    const node = open([], { spectators: 50 });
    node.join("ann");
    node.clock.advance(1_000);
    const before = node.changes.length;
    for (let i = 0; i < 40; i++) node.watch(`p${i}`);
    node.clock.advance(3_000);
    expect(node.changes.length - before).toBeGreaterThan(0);
    expect(node.changes.length - before).toBeLessThanOrEqual(3);
    expect(node.changes.at(-1)).toMatchObject({ spectators: 40 });
  });

  it("[P12] spectators hear of a room's end as players do", () => {
    const node = open();
    const ann = node.join("ann");
    const eve = node.watch("eve");
    ann.act("end");
    expect([ann.closed, eve.closed]).toEqual(["ROOM_ENDED", "ROOM_ENDED"]);
    expect(eve.view.count).toBe(ann.view.count);
  });

  it("a room without ticks shows its state at once, and then what is news", () => {
    const node = open([], { tickHz: 0 });
    const ann = node.join("ann");
    const eve = node.watch("eve");
    expect(eve.view.count).toBe(0);
    const before = eve.states.length;
    ann.act("refuse");
    node.clock.advance(500);
    expect(eve.states.length).toBe(before);
    ann.act("add", { n: 3 });
    node.clock.advance(500);
    expect([eve.view.count, eve.states.length]).toEqual([3, before + 1]);
    eve.lose();
    node.clock.advance(6_500);
    expect([...node.rooms.summaries()]).toMatchObject([{ spectators: 0, players: 1 }]);
  });
});
