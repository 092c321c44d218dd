import { ByteReader, ByteWriter, parseEpoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import { type ReportedResult, type RoomDown, RoomHost, type RoomLink, type ShownState } from "@warren/room";
import { StateView, type StateViewOf } from "@warren/schema";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import game from "./game.ts";
import { FIELD_HEIGHT, FIELD_WIDTH, RESULTS_MS, ROUND_MS, SEATS, SHIP_RADIUS } from "./rules.ts";
import type { state } from "./schema.ts";

const { arena } = game.rooms;
const ROOM = parseRoomId("r_test");
const EVENTS = Object.keys(arena.events);

/** A player of the room, seeing what a client would see. */
class Guest implements RoomDown {
  readonly #view = new StateView(arena.wire.state);
  readonly #link: RoomLink;
  readonly id;
  readonly events: string[] = [];
  readonly replies: string[] = [];
  endedBy = "";
  onState: () => void = () => {};
  #actionSeq = 0;
  #shown: ShownState | undefined;

  constructor(host: RoomHost, id: string, name: string) {
    this.id = parsePlayerId(id);
    host.reserve(ROOM, [{ playerId: id, joinJson: JSON.stringify({ name }) }]);
    this.#link = host.linkTo(ROOM);
    this.#link.attach(this.id, this);
  }

  get state() {
    return this.#view.state as StateViewOf<typeof state>;
  }
  get ship() {
    return this.state.ships.get(this.id);
  }
  get stateTick() {
    return this.#view.tick;
  }
  publish: RoomDown["publish"] = (publication) => {
    const { baseTick, payload } = publication.since(this.#shown);
    this.#shown = publication;
    this.#view.apply(publication.tick, baseTick, payload);
    this.onState();
  };
  event: RoomDown["event"] = (_tick, eventId) => {
    this.events.push(EVENTS[eventId]!);
  };
  reply: RoomDown["reply"] = (_seq, errorCode, payload) => {
    this.replies.push(errorCode ?? `reached ${payload[0]}`);
  };
  end: RoomDown["end"] = (code) => {
    this.endedBy = code;
  };
  say(): void {
    const args = new ByteWriter();
    arena.actions.say.args.write(args, { word: "hello" });
    this.#link.action(this.id, ++this.#actionSeq, 0, new ByteReader(args.finish()));
    this.#link.settle();
  }
  leave(): void {
    this.#link.leave(this.id, this);
  }
}

function openArena({ seed = 7, fillTo = SEATS } = {}) {
  const clock = new VirtualClock();
  const errors: unknown[] = [];
  const results: ReportedResult[] = [];
  const host = new RoomHost({
    definitions: game.rooms,
    clock,
    roomsMax: 1,
    seed: () => seed,
    onResult: (result) => results.push(result),
    onChanged: (_room, error) => error && errors.push(error),
  });
  const spec = {
    roomName: "arena",
    optionsJson: "",
    fillTo,
    queue: "ffa",
    joinCode: "",
    matchId: "m_main_1_1",
  };
  host.open(ROOM, parseEpoch(1), spec);
  return { clock, host, errors, results };
}

/** A round of bots, with one player who only watches. */
function playRound(seed: number) {
  const { clock, host, errors } = openArena({ seed });
  const guest = new Guest(host, "guest", "Watcher");
  const strays: string[] = [];
  guest.onState = () => {
    for (const { name, x, y } of guest.state.ships.values()) {
      const isInside =
        x >= SHIP_RADIUS &&
        x <= FIELD_WIDTH - SHIP_RADIUS &&
        y >= SHIP_RADIUS &&
        y <= FIELD_HEIGHT - SHIP_RADIUS;
      if (!isInside) strays.push(`${name} at ${x}, ${y}`);
    }
  };
  clock.advance(ROUND_MS + 100);
  return { guest, clock, errors, strays };
}

const scores = (guest: Guest) => [...guest.state.ships.values()].map((ship) => `${ship.name} ${ship.score}`);

describe("arena", () => {
  it("[A1] a round of bots has a winner, and every ship stays inside the field", () => {
    const { guest, strays, errors } = playRound(7);
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
    expect(guest.state.phase).toBe("results");
    expect(guest.events.filter((event) => event === "roundOver")).toHaveLength(1);
    const total = [...guest.state.ships.values()].reduce((sum, ship) => sum + ship.score, 0);
    expect(total).toBeGreaterThan(5);
    expect(total).toBe(guest.events.filter((event) => event === "kill").length);
  });

  it("[A2] the same seed plays the same round, another seed another", () => {
    const first = scores(playRound(7).guest);
    expect(scores(playRound(7).guest)).toEqual(first);
    expect(scores(playRound(8).guest)).not.toEqual(first);
  });

  it("[A3] after the results the next round starts from nothing", () => {
    const { guest, clock } = playRound(7);
    clock.advance(RESULTS_MS);
    expect(guest.state.phase).toBe("fight");
    expect(guest.state.round).toBe(2);
    for (const ship of guest.state.ships.values()) expect([ship.score, ship.hp]).toEqual([0, 100]);
    clock.advance(ROUND_MS);
    expect(guest.state.phase).toBe("results");
  });

  it("[A4] a player takes a bot's seat, and a bot takes it back", () => {
    const { clock, host } = openArena({ fillTo: 5 });
    const ann = new Guest(host, "ann", "Ann");
    clock.advance(1_000);
    const bots = () => [...ann.state.ships.values()].filter((ship) => ship.isBot).length;
    expect([bots(), ann.state.ships.size]).toEqual([4, 5]);
    const ben = new Guest(host, "ben", "Ann");
    clock.advance(100);
    expect([bots(), ann.state.ships.size]).toEqual([3, 5]);
    expect(ben.ship?.name).toBe("Ann 2");
    ben.leave();
    expect(ben.endedBy).toBe("SEAT_NOT_FOUND");
    clock.advance(100);
    expect([bots(), ann.state.ships.size]).toEqual([4, 5]);
    expect(new Set([...ann.state.ships.values()].map((ship) => ship.slot)).size).toBe(5);
  });

  it("[A6] the first round is the match: its players are ranked by their points, and who left is told", () => {
    const { clock, host, results, errors } = openArena();
    const [ann, ben] = [new Guest(host, "ann", "Ann"), new Guest(host, "ben", "Ben")];
    new Guest(host, "cid", "Cid").leave();
    clock.advance(ROUND_MS + 100);
    const scores = [...ann.state.ships.values()].map(({ score }) => score);
    const rank = (guest: Guest) => 1 + scores.filter((score) => score > (guest.ship?.score ?? 0)).length;
    const alone = (playerId: string, rank: number, left = false) => ({ rank, players: [{ playerId, left }] });
    expect(results).toEqual([
      {
        matchId: "m_main_1_1",
        roomId: ROOM,
        reportJson: "",
        teams: [alone("ann", rank(ann)), alone("ben", rank(ben)), alone("cid", expect.any(Number), true)],
      },
    ]);
    expect(results[0]?.teams[2]?.rank).toBeGreaterThan(Math.max(rank(ann), rank(ben)));
    clock.advance(RESULTS_MS + ROUND_MS);
    expect([results.length, errors]).toEqual([1, []]);
  });

  it("[A5] a word reaches the other players, and is refused when it comes too soon", () => {
    const { clock, host } = openArena({ fillTo: 4 });
    const ann = new Guest(host, "ann", "\u0007  ");
    const ben = new Guest(host, "ben", "Ben");
    clock.advance(100);
    expect(ann.ship?.name).toBe("Pilot");
    ann.say();
    ann.say();
    clock.advance(3_000);
    ann.say();
    expect(ann.replies).toEqual(["reached 1", "ACTION_REFUSED", "reached 1"]);
    expect(ben.events.filter((event) => event === "said")).toHaveLength(2);
  });
});
