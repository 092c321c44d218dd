import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import type { PartySize } from "../player/parties.ts";
import { Cancelled } from "../player/step-error.ts";
import type {
  PatienceOptions,
  PlayOptions,
  QueueOptions,
  Scenario,
  Seat,
  VirtualPlayer,
} from "../scenario.ts";
import { seedOf } from "../seed.ts";
import { SCENARIOS } from "./index.ts";
import { firstQueue, partyQueue } from "./queue-of.ts";

const field = defineRoom({ seats: 8, tickHz: 0, state: t.state({ phase: t.u8() }) });
const game = defineGame({
  rooms: { field },
  queues: {
    solo: defineQueue({ room: "field", size: 2, party: { max: 1 } }),
    squads: defineQueue({ room: "field", size: 8 }),
  },
});
const assignment = { roomId: "r1", url: ":1", seatToken: "s" };

/** What the server does: whether a match is faster than who cancels, and whether rooms end. */
interface Answers {
  readonly isCancelFaster: boolean;
  readonly playsLeft: number;
}

/** A player to whom everything happens at once, and who remembers what it was told to do. */
class RememberingPlayer implements VirtualPlayer {
  readonly did: string[] = [];
  readonly number: number;
  readonly random: Prng;
  readonly signal = new AbortController().signal;
  readonly queues = ["solo", "squads"];
  readonly game = game;
  readonly #seed: number;
  readonly #answers: Answers;
  #plays = 0;
  readonly #seat: Seat = {
    ...assignment,
    roomName: "field",
    playerId: "p",
    tickHz: 0,
    actions: ["wave"],
    resumeGraceMs: 30_000,
    tick: 1,
  };

  constructor(seed: number, number: number, answers: Answers) {
    this.#seed = seed;
    this.number = number;
    this.random = new Prng(seedOf(seed, number));
    this.#answers = answers;
  }

  #did(what: string): void {
    this.did.push(what);
  }
  async think(minMs: number) {
    this.#did(`think ${minMs}`);
  }
  async queue(queue: unknown, { patienceMs }: QueueOptions = {}) {
    this.#did(`queue ${queue}`);
    if (patienceMs !== undefined && this.#answers.isCancelFaster) throw new Cancelled();
    return assignment;
  }
  async cancel() {}
  async sit() {
    return this.#seat;
  }
  async play(_: Seat, { forMs }: PlayOptions) {
    this.#did(`play ${forMs}`);
    return ++this.#plays < this.#answers.playsLeft;
  }
  async drop() {
    this.#did("drop");
  }
  async resume() {
    this.#did("resume");
    return this.#seat;
  }
  async freshSeat() {
    this.#did("freshSeat");
    return assignment;
  }
  async leaveRoom() {
    this.#did("leaveRoom");
  }
  async leave() {
    this.#did("leave");
  }
  async createLobby({ size }: { readonly size?: number } = {}) {
    this.#did(`createLobby ${size}`);
    return { lobbyId: "l", joinCode: "CODE" };
  }
  async joinLobby(joinCode: string) {
    this.#did(`joinLobby ${joinCode}`);
    return { lobbyId: "l", joinCode };
  }
  async ready() {
    this.#did("ready");
  }
  async queueLobby(queue: unknown, { patienceMs }: PatienceOptions = {}) {
    this.#did(`queueLobby ${queue}`);
    if (patienceMs !== undefined && this.#answers.isCancelFaster) throw new Cancelled();
    return assignment;
  }
  async party(size: PartySize) {
    const random = new Prng(seedOf(this.#seed, Math.floor(this.number / 2)));
    const count = typeof size === "number" ? size : size(new Prng(this.#seed));
    const isLeader = this.number % 2 === 0;
    return {
      random,
      seed: 1,
      size: count,
      index: isLeader ? 0 : 1,
      isLeader,
      tell: (value: string) => this.#did(`tell ${value}`),
      told: async () => "CODE",
    };
  }
}

const smooth: Answers = { isCancelFaster: false, playsLeft: Number.POSITIVE_INFINITY };

async function lives(name: string, seed: number, answers = smooth): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const player = new RememberingPlayer(seed, number, answers);
      await (SCENARIOS[name] as Scenario).player(player);
      return player.did;
    }),
  );
}

describe.each(Object.keys(SCENARIOS))("%s", (name) => {
  it("the same seed and number do the same, another seed something else", async () => {
    expect(await lives(name, 7)).toEqual(await lives(name, 7));
    expect(await lives(name, 7)).not.toEqual(await lives(name, 8));
  });

  it("what a player does in a room does not depend on how the server answered before", async () => {
    const inRoom = (life: readonly string[]) =>
      life.filter((step) => /^(play|drop|resume|freshSeat)/.test(step));
    const [calm, hurried] = [await lives(name, 7), await lives(name, 7, { ...smooth, isCancelFaster: true })];
    for (const [i, life] of hurried.entries())
      if (life.length > 1) expect(inRoom(life)).toEqual(inRoom(calm[i]!));
  });

  it("a room that ends is no reason to fail", async () => {
    const ended = await lives(name, 7, { ...smooth, playsLeft: 0 });
    for (const life of ended) expect(life.at(-1)).toBe("leave");
  });
});

it("churn: some cancel and go, some queue again, most resume, some reload", async () => {
  const all = await lives("churn", 1, { ...smooth, isCancelFaster: true });
  const share = (holds: (life: readonly string[]) => boolean) => all.filter(holds).length / all.length;
  expect(share((life) => life.length === 1)).toBeCloseTo(0.125, 1);
  expect(share((life) => life.filter((step) => step.startsWith("queue")).length === 2)).toBeCloseTo(0.125, 1);
  expect(share((life) => life.includes("resume"))).toBeGreaterThan(
    share((life) => life.includes("freshSeat")),
  );
  expect(share((life) => life.includes("freshSeat"))).toBeGreaterThan(0.2);
});

it("lobby: the leader opens and tells, the others come in, both get ready and queue as one, again after a cancel", async () => {
  const all = await lives("lobby", 1, { ...smooth, isCancelFaster: true });
  expect(all[0]).toEqual(expect.arrayContaining(["tell CODE", "ready", "queueLobby squads", "leave"]));
  expect(all[1]).toEqual(expect.arrayContaining(["joinLobby CODE", "ready", "queueLobby squads", "leave"]));
  const share = (holds: (life: readonly string[]) => boolean) => all.filter(holds).length / all.length;
  expect(share((life) => life.includes("leaveRoom"))).toBeCloseTo(0.3, 0);
  const queues = (life: readonly string[]) => life.filter((step) => step === "queueLobby squads").length;
  const plays = (life: readonly string[]) => life.filter((step) => step.startsWith("play")).length;
  // Of a pair the leader cancels, and both would be told.
  expect(share((life) => queues(life) > plays(life))).toBeCloseTo(0.15, 1);
});

it("queues are those of the game and of the cluster; parties go where parties may", () => {
  expect(firstQueue({ game, queues: ["squads", "solo"] })).toBe("solo");
  expect(firstQueue({ game, queues: ["squads"] })).toBe("squads");
  expect(() => firstQueue({ game, queues: ["other"] })).toThrow("--game");
  expect(partyQueue({ game, queues: ["solo", "squads"] })).toEqual({ queue: "squads", sizeMax: 8 });
  expect(partyQueue({ game, queues: ["solo"] })).toEqual({ queue: "solo", sizeMax: 1 });
});
