import type { NodeId, RoomId } from "@warren/kernel";
import type { ErrorCode } from "@warren/protocol";
import { type Release, type Reply, type Reserve, Reserve_Mode } from "@warren/protocol/services";
import type { MatchNodes } from "../../src/decider/match-nodes.ts";
import { type Life, Problem, type Scheduler } from "./scheduler.ts";

const ROOMS_MAX = 6;

interface SimulatedRoom {
  readonly queue: string;
  readonly seats: number;
  readonly players: string[];
  /** Counts what it has asked for; it asks as long as it has free seats. */
  generation: number;
}

/** A room-server: the authority on who sits in its rooms. */
class SimulatedNode {
  isAlive = true;
  readonly rooms = new Map<RoomId, SimulatedRoom>();
  readonly #isIdempotent: boolean;
  readonly #onTaken: (roomId: string, playerId: string) => void;

  constructor(isIdempotent: boolean, onTaken: (roomId: string, playerId: string) => void) {
    this.#isIdempotent = isIdempotent;
    this.#onTaken = onTaken;
  }

  reserve({ roomId: id, mode, spec, seats, backfillGeneration }: Reserve): Reply {
    const roomId = id as RoomId;
    const known = this.rooms.get(roomId);
    if (!known && mode === Reserve_Mode.JOIN) return reply("ROOM_NOT_FOUND");
    if (!known && this.rooms.size >= ROOMS_MAX) return reply("NO_CAPACITY");
    const room = known ?? {
      queue: (spec?.backfill && spec.queue) || "",
      seats: (spec?.teams ?? 1) * (spec?.teamSize ?? 1),
      players: [],
      generation: 1,
    };
    const fresh = this.#isIdempotent
      ? seats.filter(({ playerId }) => !room.players.includes(playerId))
      : seats;
    if (fresh.length > 0) {
      if (mode === Reserve_Mode.JOIN && backfillGeneration !== room.generation)
        return reply("BACKFILL_STALE");
      if (this.#isIdempotent && room.players.length + fresh.length > room.seats) return reply("NO_CAPACITY");
      room.generation++;
    }
    this.rooms.set(roomId, room);
    for (const { playerId } of fresh) {
      if (room.players.includes(playerId)) throw new Problem(`${playerId} has two seats in ${roomId}`);
      room.players.push(playerId);
      this.#onTaken(roomId, playerId);
    }
    return reply("");
  }

  release({ roomId, playerId }: Release): Reply {
    const room = this.rooms.get(roomId as RoomId);
    const at = room ? room.players.indexOf(playerId) : -1;
    if (room && at >= 0) {
      room.players.splice(at, 1);
      room.generation++;
    }
    return reply("");
  }
}

function reply(errorCode: ErrorCode | ""): Reply {
  return { correlationId: 0, errorCode, errorMessage: errorCode, roomEpoch: errorCode === "" ? 1 : 0 };
}

/** What a replica believes of one node: as old as the last news of it. */
interface View {
  isUp: boolean;
  rooms: Map<RoomId, { readonly queue: string; readonly generation: number; readonly free: number }>;
}

/** All room-servers there ever were, and what each replica knows of them. */
export class SimulatedNodes {
  readonly alive = new Map<NodeId, SimulatedNode>();
  /** Seats that a room ever gave: room and player. */
  readonly taken = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #isIdempotent: boolean;
  readonly #tell = new Map<Life, (nodeId: NodeId) => void>();
  #count = 0;

  constructor(scheduler: Scheduler, isIdempotent: boolean) {
    this.#scheduler = scheduler;
    this.#isIdempotent = isIdempotent;
  }

  add(): void {
    const nodeId = `n_${++this.#count}` as NodeId;
    const taken = (roomId: string, playerId: string) => void this.taken.add(`${roomId} ${playerId}`);
    this.alive.set(nodeId, new SimulatedNode(this.#isIdempotent, taken));
    this.#changed(nodeId);
  }

  /** A node and all its rooms are no more; the replicas learn of it when its stream and its lease are gone. */
  kill(nodeId: NodeId): void {
    const node = this.alive.get(nodeId);
    if (!node) return;
    node.isAlive = false;
    this.alive.delete(nodeId);
    this.#changed(nodeId);
  }

  endRoom(nodeId: NodeId, roomId: RoomId): void {
    if (this.alive.get(nodeId)?.rooms.delete(roomId)) this.#changed(nodeId);
  }

  /** A player leaves a room, which asks for another one. */
  leave(nodeId: NodeId, roomId: RoomId, playerId: string): void {
    this.alive.get(nodeId)?.release({ roomId, playerId });
    this.#changed(nodeId);
  }

  sitDown(nodeId: NodeId, roomId: RoomId, playerId: string): void {
    this.alive.get(nodeId)?.rooms.set(roomId, { queue: "", seats: 4, players: [playerId], generation: 1 });
    this.taken.add(`${roomId} ${playerId}`);
    this.#changed(nodeId);
  }

  of(life: Life): MatchNodes {
    const scheduler = this.#scheduler;
    const views = new Map<NodeId, View>();
    const listeners: (() => void)[] = [];
    const waiting = new Set<NodeId>();
    const learn = (nodeId: NodeId) => {
      waiting.delete(nodeId);
      const node = this.alive.get(nodeId);
      const view = views.get(nodeId);
      if (node) views.set(nodeId, viewOf(node));
      else if (view?.isUp) {
        // The stream ends first, the lease when it has run out.
        view.isUp = false;
        view.rooms = new Map();
        scheduler.after(life, scheduler.prng.int(0, 6_000), () => learn(nodeId));
      } else views.delete(nodeId);
      for (const listener of listeners) listener();
    };
    this.#tell.set(life, (nodeId) => {
      if (waiting.has(nodeId)) return;
      waiting.add(nodeId);
      scheduler.add(life, () => learn(nodeId));
    });
    for (const nodeId of this.alive.keys()) this.#tell.get(life)?.(nodeId);
    return {
      get: (nodeId) => {
        const view = views.get(nodeId);
        if (!view) return undefined;
        const ask = (command: (node: SimulatedNode) => Reply) =>
          scheduler.call(life, () => {
            const node = this.alive.get(nodeId);
            if (!node || !view.isUp) throw new Error("the node does not answer");
            const reply = command(node);
            this.#changed(nodeId);
            return reply;
          });
        return {
          reserve: (request) => ask((node) => node.reserve(request)),
          release: (request) => ask((node) => node.release(request)),
        };
      },
      known: (nodeId) => views.has(nodeId),
      spaces: () =>
        [...views].flatMap(([nodeId, { isUp, rooms }]) =>
          isUp
            ? [
                {
                  nodeId,
                  region: "",
                  rooms: new Set(["arena"]),
                  freeRooms: ROOMS_MAX - rooms.size,
                  freeSeats: 1_000,
                },
              ]
            : [],
        ),
      openRooms: () =>
        [...views].flatMap(([nodeId, view]) =>
          [...view.rooms].flatMap(([roomId, { queue, generation, free }]) =>
            queue !== "" && free > 0
              ? [{ roomId, nodeId, queue, generation, region: "", skill: 0, free: [free] }]
              : [],
          ),
        ),
      roomsOn: (nodeId) => {
        const view = views.get(nodeId);
        return view?.isUp ? view.rooms : undefined;
      },
      forgetRoom: () => scheduler.call(life, () => {}),
      onChange: (listener) => listeners.push(listener),
    };
  }

  forget(life: Life): void {
    this.#tell.delete(life);
  }

  #changed(nodeId: NodeId): void {
    for (const tell of this.#tell.values()) tell(nodeId);
  }
}

function viewOf({ rooms }: SimulatedNode): View {
  return {
    isUp: true,
    rooms: new Map(
      [...rooms].map(([roomId, { queue, generation, seats, players }]) => [
        roomId,
        { queue, generation, free: seats - players.length },
      ]),
    ),
  };
}
