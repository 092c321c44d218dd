import { Prng } from "@warren/kernel";
import { ERRORS } from "@warren/protocol";
import { FrameType } from "@warren/protocol/session";
import { t } from "@warren/schema";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { defineRoom, Refusal } from "../definition.ts";
import { INPUT_NUMBER_MAX } from "../session/session.ts";
import { TOMBSTONE_TICKS_MAX } from "../state/replication.ts";
import { pit } from "../testing/pit.ts";
import { TestNode } from "../testing/test-node.ts";
import { ACTION_RESULTS_KEPT } from "./action-results.ts";
import { CATCH_UP_TICKS_MAX, EMPTY_ROOM_MS, SEND_BURST } from "./room-runtime.ts";
import { RESERVATION_MS } from "./seat.ts";

const open = (...args: Parameters<typeof pit>) => new TestNode(pit(...args));
const tickless = (calls: string[] = []) => open(calls, { tickHz: 0 });

/** Timers that fire up to 4 ms late, as those of a busy process do. */
class JitteryClock extends VirtualClock {
  readonly #prng = new Prng(5);
  override after(delayMs: number, fn: () => void): () => void {
    return super.after(delayMs === 0 ? 0 : Math.floor(delayMs) + this.#prng.float() * 4, fn);
  }
}

describe("ticks", () => {
  it.each([7, 20, 30, 60, 128])(
    "in 60 s of a clock that is never in time, %d Hz are 60 times as many ticks",
    (tickHz) => {
      const clock = new JitteryClock();
      const node = new TestNode(pit([], { tickHz, seats: 1 }), {}, { clock });
      const ann = node.join("ann");
      clock.advance(60_000 - clock.monotonicMs() + 5);
      expect(ann.view.count).toBeGreaterThanOrEqual(tickHz * 60 - Math.ceil(tickHz / 20));
      expect(ann.view.count).toBeLessThanOrEqual(tickHz * 60);
    },
  );

  it.each([
    [20, 60, 20],
    [20, 30, 20],
    [25, 60, 25],
    [10, 30, 10],
    [1, 20, 1],
    [30, 30, 30],
    [128, 20, 20],
  ])(
    "sendHz %d of tickHz %d are %d states a second, however late the ticks are",
    (sendHz, tickHz, expected) => {
      const clock = new JitteryClock();
      const ann = new TestNode(pit([], { tickHz, sendHz }), {}, { clock }).join("ann");
      clock.advance(1_000);
      const before = ann.states.length;
      clock.advance(60_000);
      expect((ann.states.length - before) / 60).toBeCloseTo(expected, 1);
    },
  );

  it(`a room that is up to ${CATCH_UP_TICKS_MAX} ticks behind catches up`, () => {
    const node = open();
    const ann = node.join("ann");
    const before = ann.view.count;
    node.clock.stall(CATCH_UP_TICKS_MAX * 50 + 50);
    expect(ann.view.count - before).toBe(CATCH_UP_TICKS_MAX + 1);
  });

  it("a room that is further behind skips what it missed and goes on in its rhythm", () => {
    const node = open();
    const ann = node.join("ann");
    const before = ann.view.count;
    node.clock.stall(10_000);
    expect(ann.view.count - before).toBe(1);
    node.clock.advance(1_000);
    expect(ann.view.count - before).toBe(21);
  });

  it("how long a room ran is told: its ticks, and calls between them", () => {
    const node = open([], {
      onJoin: () => node.clock.stall(2),
      onTick: () => node.clock.stall(3),
      onLeave: () => node.clock.stall(4),
    });
    const ann = node.join("ann");
    node.clock.advance(100);
    ann.leave();
    node.clock.advance(50);
    expect(node.runs).toEqual([
      [0, 2],
      [1, 3],
      [1, 3],
      [1, 3],
      [0, 4],
      [1, 3],
    ]);
  });

  it("[P3] a tick says what changed since the one the client shows", () => {
    const node = open();
    const ann = node.join("ann");
    node.clock.advance(1_000);
    const bases = ann.states.map(({ baseTick }) => baseTick);
    expect(bases).toEqual([0, ...ann.states.slice(0, -1).map(({ tick }) => tick)]);
    expect(bases.length).toBe(21);
  });
});

describe("hidden state", () => {
  it("is not remembered for readers it has not got", () => {
    const nodes = t.table(t.struct({ x: t.u8() }));
    const definition = defineRoom({
      seats: 1,
      tickHz: 100,
      state: t.state({}),
      hidden: t.state({ nodes }),
      onTick({ hidden }) {
        for (let i = 0; i < 1_000; i++) {
          hidden.nodes.add("n");
          hidden.nodes.delete("n");
        }
      },
    });
    const node = new TestNode(definition, { optionsJson: "" });
    const beforeBytes = process.memoryUsage().arrayBuffers;
    node.clock.advance(3_000);
    expect(node.errors).toEqual([]);
    // Twelve bytes for each of 600,000 moves would be 7 MB.
    expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan(2_000_000);
  });
});

describe("inputs", () => {
  it("[P4] [P5] one number is consumed a tick, in order, and STATE names the last and how many wait", () => {
    const seen: number[] = [];
    const node = open([], {
      onTick: (room) => void seen.push([...room.players.values()][0]?.input.thrust ?? 99),
    });
    const ann = node.join("ann");
    seen.length = 0;
    for (let i = 1; i <= 3; i++) ann.input(i * 10);
    node.clock.advance(200);
    expect(seen).toEqual([10, 20, 30, 30]);
    expect(ann.states.slice(-4).map((state) => [state.inputNumber, state.inputsWaiting])).toEqual([
      [1, 2],
      [2, 1],
      [3, 0],
      [4, 0],
    ]);
  });

  it("[P5] a number above the highest closes with PROTOCOL_VIOLATION", () => {
    const node = open();
    const ann = node.join("ann");
    ann.input(1, INPUT_NUMBER_MAX);
    node.clock.advance(200);
    expect(ann.states.at(-1)?.inputNumber).toBe(INPUT_NUMBER_MAX + 3);
    ann.input(1, INPUT_NUMBER_MAX + 1);
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    expect(ann.socket.closedBy?.reason).toContain("inputNumber is 4294967296; accepted: up to 4294967295");
  });

  it("[P5] the input of a page that is frozen is held for a second", () => {
    const seen: number[] = [];
    const node = open([], {
      onTick: (room) => void seen.push([...room.players.values()][0]?.input.thrust ?? 99),
    });
    const ann = node.join("ann");
    seen.length = 0;
    ann.input(10);
    node.clock.advance(1_200);
    expect(seen).toEqual([...Array(21).fill(10), 0, 0, 0]);
    expect(ann.states.at(-1)?.inputNumber).toBe(24);
  });

  it("[P5] an idle room uses the initial value when there is no input", () => {
    const seen: number[] = [];
    const node = open([], {
      inputWhenEmpty: "idle",
      onTick: (room) => void seen.push([...room.players.values()][0]?.input.thrust ?? 99),
    });
    const ann = node.join("ann");
    seen.length = 0;
    ann.input(10);
    node.clock.advance(100);
    expect(seen).toEqual([10, 0]);
  });

  it("[P5] numbers count anew in each session, and the controls are let go while a player is away", () => {
    const seen: number[] = [];
    const node = open([], {
      onTick: (room) => void seen.push([...room.players.values()][0]?.input.thrust ?? 99),
    });
    const first = node.join("ann");
    first.input(50, 7);
    node.clock.advance(50);
    first.lose();
    node.clock.advance(50);
    expect(seen.slice(-2)).toEqual([50, 0]);
    const resumed = node.connect();
    resumed.resume(first);
    node.clock.advance(50);
    expect(resumed.states.at(-1)?.inputNumber).toBe(7);
    node.clock.advance(500);
    expect(resumed.states.at(-1)?.inputNumber).toBe(7);
    resumed.input(60, 7);
    resumed.input(61, 8);
    node.clock.advance(50);
    expect([seen.at(-1), resumed.states.at(-1)?.inputNumber]).toEqual([61, 8]);
    const second = node.join("ann");
    second.input(70, 1);
    node.clock.advance(50);
    expect(seen.at(-1)).toBe(70);
    expect(second.states.at(-1)?.inputNumber).toBe(1);
  });
});

describe("lag compensation", () => {
  /** Ships move 10 a tick, and every player says what it sees of the first one. */
  function duel(rewindMs?: number) {
    const seen = new Map<string, number | undefined>();
    const definition = defineRoom({
      seats: 4,
      tickHz: 20,
      state: t.state({ ships: t.table(t.struct({ x: t.f32(), name: t.string(8) })) }),
      input: t.struct({ thrust: t.i8() }),
      rewind: { ships: { x: "linear" } },
      ...(rewindMs !== undefined && { rewindMs }),
      onCreate: (room) => void room.state.ships.add("prey"),
      onTick(room) {
        for (const id of room.players.keys()) seen.set(id, room.rewind(id, "ships").get("prey")?.x);
        for (const ship of room.state.ships.values()) ship.x = room.tick * 10;
      },
      bot: () => ({ thrust: 0 }),
    });
    const node = new TestNode(definition, { optionsJson: "", fillTo: 2 });
    const join = (player: string) => {
      node.rooms.reserve("r_test" as never, [{ playerId: player, joinJson: "" }]);
      const client = node.connect();
      client.hello({ seatToken: node.token(player) });
      node.clock.advance(50);
      return client;
    };
    return { node, seen, join };
  }

  it("a room sees what a player saw when it made the input of this tick, at the most so long ago", () => {
    const { node, seen, join } = duel();
    const ann = join("ann");
    node.clock.advance(1_000);
    const { tick } = ann;
    const seenAt = (ticksAgo: number) => (tick - ticksAgo) * 16;
    ann.input(1, undefined, seenAt(2));
    ann.input(1, undefined, seenAt(1.5));
    ann.input(1, undefined, seenAt(20));
    ann.input(1, undefined, seenAt(-20));
    ann.input(1, undefined, 0);
    const answers = Array.from({ length: 6 }, () => {
      node.clock.advance(50);
      return (seen.get("ann") ?? 0) / 10 - tick;
    });
    // The third is of tick + 3, so the last tick is + 2 and 250 ms before it are 5 ticks. The fourth claims the future.
    expect(answers).toEqual([-2, -1.5, -3, 3, 4, 5]);
    expect(seen.get("bot-2")).toBe((tick + 5) * 10);
  });

  it("rewindMs 0 is the end of the last tick", () => {
    const { node, seen, join } = duel(0);
    const ann = join("ann");
    node.clock.advance(1_000);
    ann.input(1, undefined, 16);
    node.clock.advance(50);
    expect(seen.get("ann")).toBe((ann.tick - 1) * 10);
  });

  it("a table that is not remembered ends the room, and the error says which are", () => {
    const node = open([], {
      rewind: { rows: { n: "linear" } } as never,
      onTick: (room) => void (room.rewind as (player: string, table: string) => unknown)("ann", "count"),
    });
    node.clock.advance(50);
    expect(String(node.errors[0])).toContain('room.rewind table is "count"; accepted: rows');
  });
});

describe("groups", () => {
  it.each<[groups: Record<string, unknown>, message: string]>([
    [{ team: 7 }, "room.setGroups team is 7; accepted: text of at most 8 UTF-8 bytes"],
    [{ team: ["red", 7] }, "room.setGroups team is 7; accepted: text of at most 8 UTF-8 bytes"],
    [{ team: "much too long" }, "accepted: text of at most 8 UTF-8 bytes"],
    [{ floor: -1 }, "room.setGroups floor is -1; accepted: a whole number from 0 to 255"],
    [{ team: "red", floor: ["3", 3] }, ""],
    [{ level: 1 }, 'room.setGroups is "level"; accepted: team, floor'],
    [{ team: "red", floor: 255 }, ""],
    [{ team: ["red", "blue"], floor: [] }, ""],
  ])("of no row's type end the room: %j", (groups, message) => {
    const definition = defineRoom({
      seats: 1,
      tickHz: 20,
      state: t.state({
        orders: t.table(t.struct({ team: t.string(8) }), { view: { group: "team" } }),
        lamps: t.table(t.struct({ floor: t.u8() }), { view: { group: "floor" } }),
        // One name may be of two types.
        doors: t.table(t.struct({ floor: t.string(1) }), { view: { group: "floor" } }),
      }),
      onTick: (room) => room.setGroups("ann" as never, groups as never),
    });
    const node = new TestNode(definition, { optionsJson: "" });
    node.clock.advance(50);
    if (message === "") expect(node.errors).toEqual([]);
    else expect(String(node.errors[0])).toContain(message);
  });
});

describe("events", () => {
  it("[P6] come in order, numbered from 1 without gaps for each session", () => {
    const node = open();
    const ann = node.join("ann");
    const ben = node.join("ben");
    ann.act("shout", { times: 2, bytes: 1, to: [] });
    ann.act("shout", { times: 1, bytes: 1, to: ["ben"] });
    ben.act("shout", { times: 1, bytes: 1, to: ["ann", "nobody"] });
    expect(ann.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3]);
    expect(ben.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3]);
    expect(ann.notes).toEqual(["1", "2", "1"]);
  });

  it("[P6] what onJoin tells the player who joins comes after WELCOME, as number 1", () => {
    const node = open([], {
      onJoin: (room, player) => room.emit("note", { text: `hello ${player.id}` }),
    });
    const ann = node.join("ann");
    const ben = node.join("ben");
    ben.act("shout", { times: 1, bytes: 1, to: ["ben"] });
    expect(ann.notes).toEqual(["hello ann", "hello ben"]);
    expect(ben.notes).toEqual(["hello ben", "1"]);
    expect(ben.events.map(({ eventSeq }) => eventSeq)).toEqual([1, 2]);
    expect(ben.frames[0]).toBe(ben.messages[0]![0]);
    expect(ben.welcome.generation).toBe(1);
  });

  it("that are not of the room end it, and the error says what is accepted", () => {
    const node = open([], { onTick: (room) => room.emit("nope" as "note", { text: "" }) });
    node.clock.advance(50);
    expect(String(node.errors[0])).toContain('event is "nope"; accepted: note');
  });
});

describe("actions", () => {
  it("[P8] run once each and in order; one executed before is answered as it was then", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    ann.act("add", { n: 1 });
    ann.act("add", { n: 2 });
    ann.act("add", { n: 9 }, 1);
    expect(ann.results()).toEqual(["1 2", "2 4", "1 2"]);
    expect(calls).toEqual(["join ann", "add ann 1", "add ann 2"]);
  });

  it("[P8] several in one message are answered one by one", () => {
    const ann = open().join("ann");
    ann.send(
      ann.actionFrame("add", { n: 1 }),
      ann.actionFrame("refuse", {}),
      ann.actionFrame("add", { n: 1 }),
    );
    expect(ann.results()).toEqual(["1 2", "2 ACTION_REFUSED not today", "3 3"]);
  });

  it(`[P8] the last ${ACTION_RESULTS_KEPT} results are remembered; an older one is ACTION_LOST`, () => {
    const node = open([], { tickHz: 1 });
    const ann = node.join("ann");
    node.clock.advance(1_000);
    for (let i = 1; i <= ACTION_RESULTS_KEPT + 1; i++) ann.act("add", { n: 0 });
    ann.act("add", { n: 0 }, 1);
    ann.act("add", { n: 0 }, 2);
    expect(ann.results().slice(-2)).toEqual(["1 ACTION_LOST ", "2 1"]);
  });

  it("[P8] a number that skips one closes with PROTOCOL_VIOLATION", () => {
    const ann = open().join("ann");
    ann.act("add", { n: 1 }, 2);
    expect(ann.closed).toBe("PROTOCOL_VIOLATION");
    expect(ann.socket.closedBy?.reason).toContain("actionSeq is 2; accepted: 1, the next one");
  });

  it("[P8] numbers go on in a player's next session", () => {
    const node = open();
    node.join("ann").act("add", { n: 1 });
    const again = node.join("ann");
    again.act("add", { n: 1 });
    expect(again.results()).toEqual(["2 4"]);
  });

  it("[P9] a no of the room, an unknown action and arguments that are not valid have their codes", () => {
    const ann = open().join("ann");
    ann.act("refuse");
    const unknown = ann.actionFrame("refuse", {}) as { body: { actionId: number } };
    unknown.body.actionId = 99;
    ann.send(unknown as never);
    const invalid = ann.actionFrame("add", { n: 1 }) as { body: { payload: Uint8Array } };
    invalid.body.payload = new Uint8Array([1, 2]);
    ann.send(invalid as never);
    ann.act("add", { n: 1 });
    expect(ann.results()).toEqual([
      "1 ACTION_REFUSED not today",
      "2 ACTION_UNKNOWN action is 99; accepted: 0 to 7",
      expect.stringMatching(/^3 INVALID_ARGUMENT bytes is/),
      "4 2",
    ]);
    expect(ann.closed).toBe("");
  });
});

describe("the end", () => {
  it("[P12] every session ends with ROOM_ENDED, after what was told before", () => {
    const node = open();
    const ann = node.join("ann");
    const ben = node.join("ben");
    const away = node.join("cid");
    away.lose();
    ann.send(ann.actionFrame("shout", { times: 1, bytes: 1, to: [] }), ann.actionFrame("end", {}));
    expect([ann.closed, ben.closed]).toEqual(["ROOM_ENDED", "ROOM_ENDED"]);
    expect(ann.results()).toEqual(["1 ok", "2 ok"]);
    expect(ben.notes).toEqual(["1"]);
    expect(node.ended).toEqual(["r_test"]);
    expect(node.errors).toEqual([]);
    expect(node.sessions.sessionCount).toBe(0);
    expect(node.rooms.roomCount).toBe(0);
  });

  type Overrides = NonNullable<Parameters<typeof pit>[1]>;
  /** A bug of the game, in one room only. */
  const boom = ({ id }: { id: string }) => {
    if (id === "r_test") throw new Error("boom");
  };
  const FAILURES: Record<string, { overrides: Overrides; trigger: (node: TestNode) => void }> = {
    onTick: { overrides: { onTick: boom }, trigger: (node) => node.clock.advance(500) },
    "an action": { overrides: {}, trigger: (node) => node.join("zoe").act("fail") },
    onJoin: {
      overrides: { onJoin: (room, { id }) => (id === "zoe" ? boom(room) : undefined) },
      trigger: (node) => void node.hello("zoe"),
    },
    "onLeave, by LEAVE": { overrides: { onLeave: boom }, trigger: (node) => node.join("zoe").leave() },
    "onLeave, by kick": {
      overrides: { onLeave: boom },
      trigger: (node) => node.join("zoe").act("kick", { player: "zoe" }),
    },
    "onLeave, by Release": {
      overrides: { onLeave: boom },
      trigger(node) {
        node.join("zoe");
        node.rooms.release("r_test" as never, "zoe" as never);
      },
    },
    "onLeave, by absence": {
      overrides: { onLeave: boom },
      trigger(node) {
        node.join("zoe").lose();
        node.clock.advance(7_000);
      },
    },
    "a timer": {
      overrides: { timers: { alarm: boom } },
      trigger(node) {
        node.join("zoe").act("later", { delayMs: 100, text: "" });
        node.clock.advance(500);
      },
    },
    "a state out of range": {
      overrides: {
        onTick(room) {
          room.state.count = room.id === "r_test" ? -1 : 1;
        },
      },
      trigger: (node) => node.clock.advance(500),
    },
  };
  it.each(Object.keys(FAILURES))(
    "[P12] a throw in %s ends that room with ROOM_FAILED, is told once, and no other room notices",
    (hook) => {
      const { overrides, trigger } = FAILURES[hook]!;
      const node = new TestNode(pit([], overrides), {}, { opens: false });
      node.open("r_other" as never);
      node.open();
      const beside = node.hello("dan", "r_other" as never);
      const ann = node.hello("ann");
      expect(node.ended).toEqual([]);
      trigger(node);
      node.clock.advance(0);
      expect(ann.closed).toBe("ROOM_FAILED");
      expect(ann.socket.closedBy?.reason).toMatch(/^ROOM_FAILED: The room's own code failed/);
      expect(node.ended).toEqual(["r_test"]);
      expect(node.errors).toEqual([expect.any(Error)]);
      expect(node.sessions.sessionCount).toBe(1);
      node.clock.advance(1_000);
      beside.act("add", { n: 1 });
      expect(beside.results()).toHaveLength(1);
    },
  );

  it.each<
    [what: string, onJoin: NonNullable<NonNullable<Parameters<typeof pit>[1]>["onJoin"]>, code: string]
  >([
    ["throws", boom, "ROOM_FAILED"],
    ["ends the room", (room) => room.end(), "ROOM_ENDED"],
    ["kicks the player", (room, player) => room.kick(player.id), "KICKED"],
  ])("[P12] an onJoin that %s closes the socket that was about to sit down", (_what, onJoin, code) => {
    const node = open([], { onJoin });
    const ann = node.hello("ann");
    node.clock.advance(100);
    expect(ann.closed).toBe(code);
    expect(node.sessions.sessionCount).toBe(0);
    expect(node.clock.monotonicMs()).toBeLessThan(2_000);
  });

  it("[P12] the player whose leaving made onLeave throw is not left behind with an open socket", () => {
    const node = open([], { onLeave: boom });
    const ann = node.join("ann");
    const zoe = node.join("zoe");
    ann.act("kick", { player: "zoe" });
    expect([ann.closed, zoe.closed]).toEqual(["ROOM_FAILED", "KICKED"]);
    expect(node.sessions.sessionCount).toBe(0);
  });

  it("a room whose onCreate throws is refused with the cause, and nothing is left", () => {
    const node = new TestNode(pit([], { onCreate: boom }), {}, { opens: false });
    expect(() => node.open()).toThrow(
      expect.objectContaining({ code: "ROOM_FAILED", cause: expect.objectContaining({ message: "boom" }) }),
    );
    expect(node.rooms.roomCount).toBe(0);
    expect(node.changes).toEqual([]);
  });

  it("a kick closes with KICKED, and the player cannot come back", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    const zoe = node.join("zoe");
    ann.act("kick", { player: "zoe" });
    ann.act("kick", { player: "nobody" });
    expect([ann.closed, zoe.closed]).toEqual(["", "KICKED"]);
    expect(calls.at(-1)).toBe("leave zoe kicked");
    const again = node.connect();
    again.resume(zoe);
    expect(again.closed).toBe("SESSION_NOT_FOUND");
  });

  it(`a room that nobody is in ends after ${EMPTY_ROOM_MS} ms, not before`, () => {
    const node = open();
    const ann = node.join("ann");
    node.clock.advance(60_000);
    ann.leave();
    node.clock.advance(EMPTY_ROOM_MS - 1_000);
    expect(node.ended).toEqual([]);
    node.clock.advance(2_000);
    expect(node.ended).toEqual(["r_test"]);
  });

  it(`a seat whose player does not come is given up after ${RESERVATION_MS} ms`, () => {
    const calls: string[] = [];
    const node = open(calls);
    node.join("ann");
    node.reserve("ben");
    node.clock.advance(RESERVATION_MS - 1_000);
    expect(node.changes.at(-1)?.players).toBe(2);
    node.clock.advance(2_000);
    expect(node.changes.at(-1)?.players).toBe(1);
    const ben = node.connect();
    ben.hello({ seatToken: node.token("ben") });
    expect(ben.closed).toBe("SEAT_NOT_FOUND");
    expect(calls).toEqual(["join ann"]);
  });
});

describe("seats", () => {
  it("are given to all or to none", () => {
    const node = open();
    for (const player of ["a", "b", "c"]) node.reserve(player);
    const two = ["c", "d", "e"].map((playerId) => ({ playerId, joinJson: '{"name":"x"}' }));
    expect(() => node.rooms.reserve("r_test" as never, two)).toThrow(
      expect.objectContaining({ code: "ROOM_FULL", message: "The room has 4 seats and 3 are taken." }),
    );
    node.reserve("d");
    node.reserve("a");
    expect(node.changes.at(-1)?.players).toBe(4);
  });

  it("are refused when what the player brings is not valid, with the field", () => {
    const node = open();
    const bad = (joinJson: string) => () =>
      node.rooms.reserve("r_test" as never, [{ playerId: "a", joinJson }]);
    expect(bad('{"name":5}')).toThrow("join.name is 5; accepted: text of at most 8 UTF-8 bytes");
    expect(bad("{")).toThrow('join is "{"; accepted: valid JSON');
    expect(bad("")).toThrow("join.name is missing");
    expect(node.changes.at(-1)?.players).toBe(0);
  });

  it("of a room that is not there, or of one too many, are refused", () => {
    const node = open();
    expect(() => node.rooms.reserve("r_gone" as never, [])).toThrow(ERRORS.ROOM_NOT_FOUND.text);
    node.open("r_2" as never);
    expect(() => node.open("r_3" as never)).toThrow("The node runs 2 rooms; it takes 2 at the most.");
  });
});

describe("bots", () => {
  const withBots = (calls: string[], seen: string[] = []) =>
    new TestNode(
      pit(calls, {
        bot: (_room, player) => ({ thrust: player.id.length }),
        onTick(room) {
          seen.length = 0;
          for (const { id, isBot, connected, input } of room.players.values())
            seen.push(`${id} ${isBot} ${connected} ${input.thrust}`);
        },
      }),
      { fillTo: 3 },
    );

  it("fill the room, give way to players and come back", () => {
    const calls: string[] = [];
    const seen: string[] = [];
    const node = withBots(calls, seen);
    expect(calls).toEqual(["join bot-1", "join bot-2", "join bot-3"]);
    const ann = node.join("ann");
    expect(calls.slice(3)).toEqual(["leave bot-1 replaced", "join ann"]);
    expect(seen).toEqual(["bot-2 true true 5", "bot-3 true true 5", "ann false true 0"]);
    for (const player of ["ben", "cid", "dan"]) node.join(player);
    expect(seen.map((s) => s.split(" ")[0])).toEqual(["ann", "ben", "cid", "dan"]);
    expect(node.changes.at(-1)).toMatchObject({ seats: 4, players: 4 });
    ann.leave();
    node.clock.advance(50);
    expect(seen).toHaveLength(3);
  });

  it("do not keep a room alive", () => {
    const node = withBots([]);
    node.clock.advance(EMPTY_ROOM_MS + 1_000);
    expect(node.ended).toEqual(["r_test"]);
  });

  it("give way to a player who has a bot's name", () => {
    const calls: string[] = [];
    const seen: string[] = [];
    const node = withBots(calls, seen);
    node.join("bot-2");
    expect(calls.slice(3)).toEqual(["leave bot-2 replaced", "join bot-2"]);
    expect(seen.map((s) => s.split(" ").slice(0, 2).join(" "))).toEqual([
      "bot-1 true",
      "bot-3 true",
      "bot-2 false",
    ]);
    expect(node.changes.at(-1)?.players).toBe(1);
    node.clock.advance(60_000);
    expect(node.ended).toEqual([]);
  });
});

describe("a room without ticks", () => {
  it("publishes soon after a join and an action, and not without a reason", () => {
    const node = tickless();
    const ann = node.hello("ann");
    node.clock.advance(50);
    expect(ann.states).toHaveLength(1);
    node.clock.advance(5_000);
    expect(ann.states).toHaveLength(1);
    ann.act("add", { n: 3 });
    expect(ann.results()).toEqual(["1 3"]);
    node.clock.advance(50);
    expect(ann.view.count).toBe(3);
    expect(ann.states).toHaveLength(2);
  });

  it("[P8] actions of one message are answered in one, with the state that all of them made", () => {
    const node = tickless();
    const ann = node.join("ann");
    node.clock.advance(500);
    const before = ann.messages.length;
    ann.send(...[1, 2, 3].map((n) => ann.actionFrame("add", { n })));
    const types = ann.messages.slice(before).map((frames) => frames.map(({ type }) => type));
    const { REPLY, STATE } = FrameType;
    expect(types).toEqual([[STATE, REPLY, REPLY, REPLY]]);
    expect(ann.view.count).toBe(6);
    // An error in the midst of them leaves nothing behind: the room knows the time of the next.
    const ben = node.join("ben");
    const gap = ben.actionFrame("add", { n: 4 }) as { body: { actionSeq: number } };
    gap.body.actionSeq += 5;
    ben.send(ben.actionFrame("add", { n: 4 }), gap as never);
    expect(ben.closed).toBe("PROTOCOL_VIOLATION");
    node.clock.advance(1_000);
    ann.act("later", { delayMs: 1_000, text: "a" });
    expect(ann.results().at(-1)).toBe(`4 ${node.clock.monotonicMs() - 1_000}`);
  });

  it("tells nobody of an action that changed nothing they see", () => {
    const state = t.state({ moves: t.table(t.struct({ n: t.u8() }), { view: "self" }), open: t.u8() });
    const definition = defineRoom({
      seats: 2,
      tickHz: 0,
      state,
      hidden: t.state({ n: t.u8() }),
      // In the places that a test client's actions have.
      actions: { move: t.action({ n: t.u8() }, { n: t.u32() }), refuse: t.action({}, {}) },
      on: {
        move({ state: { moves }, hidden }, { id }, { n }) {
          if (n === 0) return { n: ++hidden.n };
          moves.delete(id);
          moves.add(id, { n });
          return { n };
        },
        refuse: () => {
          throw new Refusal("no");
        },
      },
    });
    const node = new TestNode(definition, { optionsJson: "" });
    const join = (player: string) => {
      node.rooms.reserve("r_test" as never, [{ playerId: player, joinJson: "" }]);
      const client = node.connect();
      client.hello({ seatToken: node.token(player) });
      node.clock.advance(500);
      return client;
    };
    const [ann, ben] = [join("ann"), join("ben")];
    const before = [ann.messages.length, ben.messages.length] as const;
    ann.act("refuse");
    node.clock.advance(500);
    const unknown = ann.actionFrame("refuse", {}) as { body: { actionId: number } };
    unknown.body.actionId = 99;
    ann.send(unknown as never);
    node.clock.advance(500);
    ann.act("add", { n: 0 });
    node.clock.advance(500);
    ann.act("add", { n: 7 });
    node.clock.advance(500);
    expect(ben.messages.length).toBe(before[1]);
    const types = ann.messages.slice(before[0]).map((frames) => frames.map(({ type }) => type));
    const { REPLY, STATE } = FrameType;
    expect(types).toEqual([[REPLY], [REPLY], [REPLY], [STATE, REPLY]]);
    expect(ann.results().slice(-2)).toEqual(["3 1", "4 7"]);
  });

  it("tells a reader nothing before its state is forgotten, so that nobody gets a snapshot for it", () => {
    const node = tickless();
    const ann = node.join("ann");
    const ben = node.join("ben");
    for (let i = 0; i < TOMBSTONE_TICKS_MAX * 1.5; i++) {
      ann.act("refuse");
      node.clock.advance(50);
    }
    node.clock.advance(1_000);
    expect(ben.states.filter(({ baseTick }) => baseTick === 0)).toHaveLength(1);
    ann.act("add", { n: 3 });
    node.clock.advance(500);
    expect(ben.view.count).toBe(3);
    expect(ben.states.length).toBeLessThan(6);
  });

  it("sends at most sendHz states a second, and a few more after it was quiet", () => {
    const node = tickless();
    const ann = node.join("ann");
    const before = ann.states.length;
    for (let i = 0; i < 90; i++) {
      ann.act("add", { n: 1 });
      node.clock.advance(11);
    }
    node.clock.advance(50);
    expect(ann.view.count).toBe(90);
    expect(ann.states.length - before).toBeLessThanOrEqual(21 + SEND_BURST);
  });

  it("[H5] whoever comes has a state at once, however often the others were told", () => {
    const node = new TestNode(pit([], { tickHz: 0, sendHz: 1, seats: 20 }));
    const ann = node.join("ann");
    for (let i = 0; i < 10; i++) ann.act("add", { n: 1 });
    const before = ann.states.length;
    for (let i = 0; i < 10; i++) {
      const comer = node.join(`comer${i}`);
      node.clock.advance(1);
      expect(comer.view.count).toBe(10);
    }
    expect(ann.states.length).toBe(before);
    node.clock.advance(1_000);
    expect(ann.view.count).toBe(10);
  });

  it("publishes soon after a player was taken out", () => {
    const node = open([], { tickHz: 0, onLeave: (room) => void room.state.count++ });
    const ann = node.join("ann");
    node.join("ben");
    node.clock.advance(100);
    node.rooms.release("r_test" as never, "ben" as never);
    node.clock.advance(50);
    expect(ann.view.count).toBe(1);
  });

  it("knows the time in an action, so its timers are in time", () => {
    const calls: string[] = [];
    const node = tickless(calls);
    const ann = node.join("ann");
    node.clock.advance(670);
    ann.act("later", { delayMs: 500, text: "a" });
    expect(ann.results()).toEqual(["1 720"]);
    node.clock.advance(499);
    expect(calls).toEqual(["join ann"]);
    node.clock.advance(1);
    expect(calls).toEqual(["join ann", "alarm a 1220"]);
    expect(ann.notes).toEqual(["a"]);
  });

  it("[S6] counts the grace from when the socket was lost", () => {
    const calls: string[] = [];
    const node = tickless(calls);
    const ann = node.join("ann");
    node.clock.advance(900);
    ann.lose();
    node.clock.advance(4_900);
    expect(calls).toEqual(["join ann"]);
    node.clock.advance(1_100);
    expect(calls).toEqual(["join ann", "leave ann timeout"]);
  });
});

describe("timers", () => {
  it("run in order of time, with a copy of their data", () => {
    const calls: string[] = [];
    const node = open(calls);
    const ann = node.join("ann");
    ann.act("later", { delayMs: 300, text: "c" });
    ann.act("later", { delayMs: 100, text: "a" });
    ann.act("later", { delayMs: 100, text: "b" });
    node.clock.advance(500);
    expect(calls).toEqual(["join ann", "alarm a 150", "alarm b 150", "alarm c 350"]);
  });

  it("one that sets itself again at once runs once a tick and does not stop the process", () => {
    let runs = 0;
    const node = open([], {
      onJoin: (room) => room.after(0, "alarm"),
      timers: {
        alarm(room) {
          if (++runs > 1_000) throw new Error("ran away");
          room.after(0, "alarm");
        },
      },
    });
    node.join("ann");
    node.clock.advance(950);
    expect(node.errors).toEqual([]);
    expect(runs).toBe(20);
  });

  it("without ticks, one that sets itself again at once runs once a millisecond", () => {
    let runs = 0;
    const node = open([], {
      tickHz: 0,
      onJoin: (room) => room.after(0, "alarm"),
      timers: {
        alarm(room) {
          runs++;
          room.after(0, "alarm");
        },
      },
    });
    node.join("ann");
    const before = runs;
    node.clock.advance(20);
    expect(runs - before).toBe(20);
  });

  it("one that ends the room is the last that runs", () => {
    const calls: string[] = [];
    const node = open([], {
      onJoin: (room) => room.after(100, "alarm"),
      onTick: (room) => void calls.push(`tick ${room.tick}`),
      timers: {
        alarm(room) {
          calls.push("alarm");
          room.end();
        },
      },
    });
    node.join("ann");
    node.clock.advance(500);
    expect(calls).toEqual(["tick 1", "alarm"]);
    expect(node.ended).toEqual(["r_test"]);
  });

  it.each([
    ["a name that is not in `timers`", 1, "nope", 'room.after name is "nope"; accepted: a name in `timers`'],
    ["no time", Number.NaN, "alarm", "room.after delayMs is NaN; accepted: 0 or more ms"],
    ["a time in the past", -1, "alarm", "room.after delayMs is -1; accepted: 0 or more ms"],
  ])("refuse %s", (_what, delayMs, name, message) => {
    const node = open([], { onTick: (room) => room.after(delayMs, name) });
    node.clock.advance(50);
    expect(String(node.errors[0])).toContain(message);
  });
});
