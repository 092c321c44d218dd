import type { PlayerId } from "@warren/kernel";
import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { defineRoom, type LeaveReason, type Player, type Room } from "../definition.ts";
import { LISTING_PROPERTIES_MAX } from "../room/listing.ts";
import { EMPTY_ROOM_MS } from "../room/room-runtime.ts";
import type { RoomSpec, SeatSpec } from "../room/room-spec.ts";
import { TestNode } from "../testing/test-node.ts";
import { LEAVERS_MAX } from "./match-report.ts";

type AnyRoom = Room<unknown, unknown, unknown, unknown, Record<never, never>>;

interface Hooks {
  onCreate?(room: AnyRoom): void;
  onJoin?(room: AnyRoom, player: Player): void;
  onLeave?(room: AnyRoom, player: Player, why: LeaveReason): void;
  onTick?(room: AnyRoom): void;
}

const MATCH = { matchId: "m_main_1_1", queue: "duel", backfill: true, teams: 2, teamSize: 2 };

/** A room of a match; by default two teams of two, whose queue has backfill. */
class MatchNode extends TestNode {
  room!: AnyRoom;

  constructor(spec: Partial<RoomSpec> = {}, hooks: Hooks = {}, seats = 4) {
    const definition = defineRoom({
      seats,
      tickHz: 10,
      state: t.state({}),
      join: t.optional(t.struct({ name: t.string(8) })),
      bot: () => ({}),
      ...(hooks as object),
      onCreate: (room) => {
        this.room = room as never;
        hooks.onCreate?.(room as never);
      },
    });
    super(definition, {}, { opens: false });
    this.open(undefined, { optionsJson: "", ...MATCH, ...spec });
  }

  /** `ann:0 ben:1`: who, and the team; without it any. */
  sit(who: string, generation = 0): void {
    const seats = who.split(" ").map((one): SeatSpec => {
      const [playerId = "", team] = one.split(":");
      return { playerId, joinJson: "", team: team === undefined ? undefined : Number(team) };
    });
    this.rooms.reserve("r_test" as never, seats, generation);
  }
  /** All of them come and see the room. */
  come(who: string): void {
    this.sit(who);
    for (const one of who.split(" ")) {
      const client = this.connect();
      client.hello({ seatToken: this.token(one.split(":")[0]!) });
    }
  }
  go(player: string): void {
    this.rooms.release("r_test" as never, player as PlayerId);
  }
  get asked() {
    return this.changes.at(-1)?.asked;
  }
  /** `bot-1:0 ann:1` of all who are in the room. */
  get teams(): string {
    return [...this.room.players.values()]
      .map(({ id, team }) => `${id}:${team}`)
      .sort()
      .join(" ");
  }
}

const STALE = expect.objectContaining({ code: "BACKFILL_STALE" });
const FULL = expect.objectContaining({ code: "ROOM_FULL" });

describe("a room of a match", () => {
  it("knows its match, and its players' teams and roles", () => {
    const node = new MatchNode();
    expect(node.room.match).toEqual({ id: "m_main_1_1", queue: "duel" });
    const seat = { playerId: "ann", joinJson: '{"name":"Ann"}', team: 1, role: "healer" };
    node.rooms.reserve("r_test" as never, [seat]);
    node.connect().hello({ seatToken: node.token("ann") });
    const ann = node.room.players.get("ann" as PlayerId);
    expect(ann).toMatchObject({ team: 1, role: "healer", join: { name: "Ann" } });
    expect(new MatchNode({ matchId: "", queue: "" }).room.match).toBeUndefined();
  });

  it("[join] that may be left out as a whole is undefined then", () => {
    const node = new MatchNode();
    node.come("ann:0");
    expect(node.room.players.get("ann" as PlayerId)?.join).toBeUndefined();
  });

  it("takes no more into a team than it has seats, and nobody into a team it has not", () => {
    const node = new MatchNode();
    node.sit("ann:0 abe:0");
    expect(() => node.sit("ben:1 ava:0")).toThrow(FULL);
    expect(() => node.sit("ava:0")).toThrow("Team 0 has 2 seats and 2 are taken.");
    expect(() => node.sit("ben:2")).toThrow("team is 2; accepted: a whole number from 0 to 1");
    expect(node.changes.at(-1)?.players).toBe(2);
    expect(() => new MatchNode({ teamSize: 3 })).toThrow(
      'teams is "2 of 3"; accepted: 1 to 4 players in all',
    );
  });

  it("has no more seats than its match has players", () => {
    const node = new MatchNode({ teams: 1, teamSize: 2 }, {}, 16);
    node.sit("ann:0 ben:0");
    expect(node.changes.at(-1)).toMatchObject({ seats: 2, players: 2, asked: undefined });
    expect(() => node.sit("cid")).toThrow("The room has 2 seats and 2 are taken.");
  });

  it("sits who comes for no team where the fewest players are", () => {
    const node = new MatchNode();
    node.come("ann:0 ben cid dan");
    expect(node.teams).toBe("ann:0 ben:1 cid:0 dan:1");
    expect(() => node.sit("eve")).toThrow(FULL);
  });
});

describe("bots of teams", () => {
  it("come into the smallest team and give way in the player's own", () => {
    const node = new MatchNode({ fillTo: 4 });
    expect(node.teams).toBe("bot-1:0 bot-2:1 bot-3:0 bot-4:1");
    node.come("ann:1");
    expect(node.teams).toBe("ann:1 bot-1:0 bot-3:0 bot-4:1");
    node.come("ben:1");
    expect(node.teams).toBe("ann:1 ben:1 bot-1:0 bot-3:0");
    node.go("ann");
    expect(node.teams).toBe("ben:1 bot-1:0 bot-2:1 bot-3:0");
  });

  it("are as many as the fill says, also when the player's team has none", () => {
    const node = new MatchNode({ fillTo: 3 });
    node.come("ann:0 ben:1");
    expect(node.teams).toBe("ann:0 ben:1 bot-3:0");
    node.come("bob:1");
    expect(node.teams).toBe("ann:0 ben:1 bob:1");
    node.go("ann");
    expect(node.teams).toBe("ben:1 bob:1 bot-1:0");
  });

  it("are as many as before when a player of a bot's name comes into another team", () => {
    const node = new MatchNode({ fillTo: 4 });
    node.come("bot-2:0");
    expect(node.teams).toBe("bot-1:1 bot-2:0 bot-3:0 bot-4:1");
    expect(node.room.players.get("bot-2" as PlayerId)?.isBot).toBe(false);
  });
});

describe("a room of a queue with backfill", () => {
  it("asks for all its free seats and those of bots, as long as it has a player", () => {
    const node = new MatchNode({ fillTo: 4 });
    expect(node.asked).toBeUndefined();
    node.sit("ann:0");
    expect(node.asked).toEqual({ generation: 1, free: [1, 2] });
    node.sit("ben:1", 1);
    expect(node.asked).toEqual({ generation: 2, free: [1, 1] });
    node.go("ben");
    expect(node.asked).toEqual({ generation: 3, free: [1, 2] });
    node.go("ann");
    expect(node.asked).toBeUndefined();
    node.clock.advance(EMPTY_ROOM_MS + 1_000);
    expect(node.changes.at(-1)).toMatchObject({ ended: true, asked: undefined });
  });

  it("refuses who answers an old request, and who does not fit into the present one", () => {
    const node = new MatchNode();
    node.sit("ann:0");
    node.sit("ben:1", 1);
    expect(() => node.sit("cid:1", 1)).toThrow(STALE);
    expect(() => node.sit("cid:1", 1)).toThrow("generation is 1; accepted: 2");
    expect(() => node.sit("cid:1 dan:1", 2)).toThrow(STALE);
    expect(() => node.sit("cid:1 dan:1", 2)).toThrow("Players for 0,2; the room asks for 1,1.");
    expect(node.changes.at(-1)?.players).toBe(2);
    node.sit("cid:1 dan:0", 2);
    expect(node.asked).toBeUndefined();
    expect(() => node.sit("eve:0", 3)).toThrow("the room asks for nobody");
  });

  it("answers who asks again for the seats it gave", () => {
    const node = new MatchNode();
    node.sit("ann:0");
    node.sit("ben:1", 1);
    expect(() => node.sit("ben:1", 1)).not.toThrow();
    expect(node.asked?.generation).toBe(2);
    node.go("ben");
    expect(() => node.sit("ben:1", 1)).toThrow(STALE);
  });

  it("asks for whom its code wants, and for fewer with each who comes by it", () => {
    const node = new MatchNode({}, { onCreate: (room) => room.askForPlayers([1, 1]) });
    node.sit("ann:0");
    expect(node.asked).toEqual({ generation: 1, free: [1, 1] });
    node.sit("ben:1", 1);
    expect(node.asked).toEqual({ generation: 2, free: [1, 0] });
    node.room.askForPlayers("none");
    expect(node.asked).toBeUndefined();
    expect(() => node.sit("bob:1", 2)).toThrow(STALE);
    node.go("ben");
    expect(node.asked).toBeUndefined();
    node.room.askForPlayers("all");
    expect(node.asked).toEqual({ generation: 4, free: [1, 2] });
    node.room.askForPlayers("all");
    expect(node.asked?.generation).toBe(4);
  });

  it("that asks for what cannot be ends", () => {
    for (const [wanted, message] of [
      [[1], "room.askForPlayers is [1]; accepted: all, none, or 2 counts, one for each team"],
      [[1, -1], "room.askForPlayers team 1 is -1; accepted: a whole number from 0 to 4"],
    ] as const) {
      const node = new MatchNode({}, { onTick: (room) => room.askForPlayers(wanted) });
      node.clock.advance(100);
      expect(String(node.errors[0])).toContain(message);
    }
  });

  it("is the only one that asks", () => {
    const node = new MatchNode({ backfill: false });
    node.sit("ann:0");
    node.room.askForPlayers("all");
    expect(node.asked).toBeUndefined();
    expect(() => node.sit("ben:1", 1)).toThrow(STALE);
  });
});

describe("the result of a match", () => {
  it("is told once, with who left", () => {
    const node = new MatchNode();
    node.come("ann:0 ben:1");
    node.sit("bob:1");
    node.go("bob");
    const teams = [
      { rank: 2, players: ["ann"] },
      { rank: 1, players: ["ben"] },
    ];
    node.room.report({ teams, report: { map: "x" } });
    expect(node.results).toEqual([
      {
        matchId: "m_main_1_1",
        roomId: "r_test",
        teams: [
          { rank: 2, players: [{ playerId: "ann", left: false }] },
          {
            rank: 1,
            players: [
              { playerId: "ben", left: false },
              { playerId: "bob", left: true },
            ],
          },
        ],
        reportJson: '{"map":"x"}',
      },
    ]);
    expect(() => node.room.report({ teams })).toThrow(
      'room.report is "a second report"; accepted: one for each match',
    );
    expect(node.results).toHaveLength(1);
  });

  it("that is refused can be told better", () => {
    const node = new MatchNode();
    node.sit("ann:0");
    expect(() => node.room.report({ teams: [{ rank: 0, players: [] }] })).toThrow("rank is 0");
    node.room.report({ teams: [] });
    expect(node.results).toHaveLength(1);
  });

  it("is nothing in a room that belongs to no match", () => {
    const node = new MatchNode({ matchId: "" });
    for (let i = 0; i < 2; i++) node.room.report({ teams: [] });
    expect(node.results).toEqual([]);
  });

  it("has the latest leavers of a room that goes on and on, and all who sit", () => {
    const node = new MatchNode();
    node.sit("ann:0");
    for (let i = 0; i < LEAVERS_MAX + 50; i++) {
      node.sit(`p${i}:1`);
      node.go(`p${i}`);
    }
    node.room.report({ teams: [{ rank: 1, players: ["ann"] }] });
    const ids = node.results[0]!.teams.flatMap(({ players }) => players.map(({ playerId }) => playerId));
    expect(ids).toContain("ann");
    expect(ids).toContain(`p${LEAVERS_MAX + 49}`);
    expect(ids).not.toContain("p0");
    expect(ids.length).toBe(LEAVERS_MAX + 4);
  });
});

describe("a listed room", () => {
  it("tells what it may be filtered by within a second, and whether it is listed", () => {
    const node = new MatchNode(
      { listed: true, teams: 1, teamSize: 2, backfill: false },
      { onCreate: (room) => room.list({ map: "small" }) },
    );
    expect(node.changes.at(-1)).toMatchObject({ listed: true, properties: new Map([["map", "small"]]) });
    node.sit("ann");
    const told = node.changes.length;
    node.room.list({ map: "small" });
    node.clock.advance(2_000);
    expect(node.changes.length).toBe(told);
    for (const map of ["large", "huge"]) node.room.list({ map, mode: "x" });
    node.clock.advance(1_000);
    expect(node.changes.length).toBe(told + 1);
    expect([...node.changes.at(-1)!.properties]).toEqual([
      ["map", "huge"],
      ["mode", "x"],
    ]);
    // Whether it has a free seat, the listing sees; one that is full may be watched.
    node.sit("ben");
    expect(node.changes.at(-1)).toMatchObject({ listed: true, players: 2, seats: 2 });
    node.room.end();
    node.clock.advance(1_000);
    expect(node.changes.at(-1)?.listed).toBe(false);
  });

  it("is the only one that tells", () => {
    const node = new MatchNode({}, { onCreate: (room) => room.list({ map: "small" }) });
    expect(node.changes.at(-1)).toMatchObject({ listed: false, properties: new Map() });
  });

  it("that says too much ends", () => {
    const many = Object.fromEntries(
      Array.from({ length: LISTING_PROPERTIES_MAX + 1 }, (_, i) => [`p${i}`, ""]),
    );
    for (const [properties, message] of [
      [many, 'room.list is "17 properties"; accepted: at most 16 properties'],
      [{ map: "x".repeat(65) }, "accepted: text of at most 64 characters"],
      [{ map: 5 }, "room.list map is 5; accepted: text of at most 64 characters"],
      [{ ["n".repeat(33)]: "" }, "accepted: 1 to 32 characters"],
    ] as const) {
      const node = new MatchNode({}, { onTick: (room) => room.list(properties as never) });
      node.clock.advance(100);
      expect(String(node.errors[0])).toContain(message);
    }
  });
});
