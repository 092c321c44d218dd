import { type Directory, encodeRoomClaim, LiveNodes } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { parseNodeId, parsePlayerId, parseRoomId, type RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { mintSeatToken, type SeatPurpose } from "@warren/protocol/services";
import type { Admission, RoomHost } from "@warren/room";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { Admissions } from "./admissions.ts";
import { Owners } from "./owners.ts";
import { SeatTokens } from "./seat-tokens.ts";

const SELF = parseNodeId("n_self");
const OTHER = parseNodeId("n_other");
const DEAD = parseNodeId("n_dead");
const HERE = parseRoomId("r_here");
const THERE = parseRoomId("r_there");
const ANN = parsePlayerId("ann");
const OTHERS_SECRET = new Uint8Array(32).fill(9);

/** `n_self` has `r_here`, `n_other` has `r_there`. */
async function world({ relaysPlayers = true } = {}) {
  const clock = new VirtualClock(1_000);
  const cluster = memoryCluster(clock);
  for (const node of [SELF, OTHER]) await cluster.lease.acquire("node", node, new Uint8Array(1));
  const own = async (room: RoomId, nodeId = OTHER) => {
    const claim = encodeRoomClaim({ nodeId, joinCode: "" });
    return (await cluster.directory.claim("own", room, claim)) as number;
  };
  await own(HERE, SELF);
  const revision = await own(THERE);
  const read: string[] = [];
  const waiting: (() => void)[] = [];
  const state = { isSlow: false, isLate: false };
  const directory: Pick<Directory, "get"> = {
    async get(kind, key) {
      read.push(key);
      if (state.isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return cluster.directory.get(kind, key);
    },
  };
  const seats = new SeatTokens(clock);
  const rooms = new Set<RoomId>([HERE]);
  const relayed: string[] = [];
  let refusal: WarrenError | undefined;
  const admissions = new Admissions({
    self: SELF,
    seats,
    rooms: {
      has: (room: RoomId) => rooms.has(room),
      linkTo: () => "seat",
      watch: () => "watch",
    } as unknown as RoomHost,
    owners: new Owners({
      directory: directory as Directory,
      nodes: await LiveNodes.watch(cluster.lease),
      clock,
    }),
    relay: {
      async admit(owner) {
        relayed.push(owner);
        if (refusal) throw refusal;
        return { player: ANN, spectator: false, link: "relayed" as never };
      },
    },
    relaysPlayers,
    overload: () => (state.isLate ? { message: "The node is late." } : undefined),
  });
  const token = (room: RoomId, purpose: SeatPurpose = "play", secret: Uint8Array = OTHERS_SECRET) =>
    mintSeatToken(secret, room, ANN, clock.wallMs(), purpose);
  /** The way in, or the code it is refused with. */
  const admit = async (seatToken: string): Promise<string> => {
    try {
      return String((await (admissions.admit(seatToken) as Admission | Promise<Admission>)).link);
    } catch (error) {
      return (error as WarrenError).code;
    }
  };
  return {
    ...{ admit, token, own, read, relayed, waiting, state, seats },
    refuse: (error: WarrenError | undefined) => {
      refusal = error;
    },
    forget: () => cluster.directory.remove("own", THERE, revision),
  };
}

it("a token for a room of this node is opened here, for what it was made for, once", async () => {
  const { admit, token, seats, read, relayed } = await world();
  const play = token(HERE, "play", seats.secret);
  expect([await admit(play), await admit(play)]).toEqual(["seat", "SEAT_TOKEN_USED"]);
  expect(await admit(token(HERE, "watch", seats.secret))).toBe("watch");
  // What it says of itself is not believed.
  const forged = Buffer.from(token(HERE, "play", seats.secret), "base64url");
  forged[0] = 1;
  expect(await admit(forged.toString("base64url"))).toBe("SEAT_TOKEN_INVALID");
  expect(await admit(token(HERE))).toBe("SEAT_TOKEN_INVALID");
  expect([read, relayed]).toEqual([[], []]);
});

it("one for a room of another node is handed on; players only where they are relayed", async () => {
  const relays = await world();
  expect([await relays.admit(relays.token(THERE)), relays.relayed]).toEqual(["relayed", [OTHER]]);
  const { admit, token, relayed } = await world({ relaysPlayers: false });
  expect(await admit(token(THERE))).toBe("ROOM_MOVED");
  expect(await admit(token(THERE, "watch"))).toBe("relayed");
  expect(relayed).toEqual([OTHER]);
});

it("[W6] a node that has too much to do lets players in, and no spectators, wherever the room is", async () => {
  const { admit, token, state, seats } = await world();
  state.isLate = true;
  for (const [room, secret, way] of [
    [HERE, seats.secret, "seat"],
    [THERE, OTHERS_SECRET, "relayed"],
  ] as const) {
    expect(await admit(token(room, "watch", secret))).toBe("UNAVAILABLE");
    expect(await admit(token(room, "play", secret))).toBe(way);
  }
});

it("who owns a room is read once for many, and anew when that node does not have it", async () => {
  const { admit, token, read, refuse, forget, relayed } = await world();
  await Promise.all([admit(token(THERE)), admit(token(THERE)), admit(token(THERE))]);
  expect(read).toEqual([THERE]);
  refuse(new WarrenError("SEAT_TOKEN_INVALID"));
  expect([await admit(token(THERE)), read.length]).toEqual(["SEAT_TOKEN_INVALID", 1]);
  refuse(new WarrenError("ROOM_NOT_FOUND"));
  expect(await admit(token(THERE))).toBe("ROOM_NOT_FOUND");
  await forget();
  const { length } = relayed;
  expect([await admit(token(THERE)), read.length, relayed.length]).toEqual(["ROOM_NOT_FOUND", 2, length]);
});

it("a room that is nowhere, and one of a node without a lease, cost no other node anything", async () => {
  const { admit, token, own, relayed } = await world();
  expect(await admit(token(parseRoomId("r_nowhere")))).toBe("ROOM_NOT_FOUND");
  await own(parseRoomId("r_lost"), DEAD);
  expect(await admit(token(parseRoomId("r_lost")))).toBe("UNAVAILABLE");
  // Its own claim, and no room: over, or not open yet.
  await own(parseRoomId("r_over"), SELF);
  expect(await admit(token(parseRoomId("r_over")))).toBe("ROOM_NOT_FOUND");
  expect(relayed).toEqual([]);
});

it("made-up rooms cannot keep the directory busy without end, nor those out whose room is known", async () => {
  const { admit, token, read, waiting, state, seats } = await world();
  await admit(token(THERE));
  state.isSlow = true;
  const made = Array.from({ length: 1_000 }, (_, i) => admit(token(parseRoomId(`r_made-up-${i}`))));
  expect(await admit(token(parseRoomId("r_late")))).toBe("UNAVAILABLE");
  expect(read.length).toBe(1_001);
  expect(await admit(token(THERE))).toBe("relayed");
  expect(await admit(token(HERE, "play", seats.secret))).toBe("seat");
  for (const answer of waiting) answer();
  expect(new Set(await Promise.all(made))).toEqual(new Set(["ROOM_NOT_FOUND"]));
  state.isSlow = false;
  expect(await admit(token(parseRoomId("r_late")))).toBe("ROOM_NOT_FOUND");
});
