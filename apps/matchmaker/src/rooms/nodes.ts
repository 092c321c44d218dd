import {
  type Cluster,
  type DirectoryEntry,
  type DirectoryKind,
  decodeNodeRecord,
  decodeRoomClaim,
  LEASE_TTL_MS,
  pingUrlOf,
} from "@warren/cluster";
import type { Game } from "@warren/game";
import {
  type Clock,
  type NodeId,
  type PlayerId,
  parseNodeId,
  type ReplicaId,
  type RoomId,
} from "@warren/kernel";
import type { NodeSpace, OpenRoom } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import { mintSeatToken, overloadOf, type RoomLifecycle, type SeatPurpose } from "@warren/protocol/services";
import type { Logger, ServiceKeys } from "@warren/service";
import type { MatchmakerMetrics } from "../metrics.ts";
import { NodeLink } from "./node-link.ts";
import { byPacking, NODE_STATES, type NodeState, stateOf } from "./placement.ts";

/** Where and with what a player connects to a room. */
export interface Seat {
  readonly roomId: RoomId;
  /** A URL, or `:<port>` on the host used for REST. */
  readonly url: string;
  readonly seatToken: string;
}

/** A region players may be sent to. */
export interface Region {
  readonly region: string;
  /** A URL, or `:<port>/ping` on the host used for REST. */
  readonly pingUrl: string;
}

/** Every room-server of the cluster: found by their leases, each dialled. Soft state: all of it comes back by itself. */
export class Nodes {
  readonly #links = new Map<NodeId, NodeLink>();
  readonly #game: Game;
  readonly #cluster: Cluster;
  readonly #replicaId: ReplicaId;
  readonly #grpcAddress: string;
  readonly #keys: ServiceKeys;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: MatchmakerMetrics;
  readonly #onChange = new Set<() => void>();
  /** Found dead here. An id is never used again; a few bytes for each node that ever died. */
  readonly #dead = new Set<NodeId>();
  readonly #states = new Map<NodeId, NodeState>();
  #isChangeDue = false;
  #startedAtMs = 0;
  #stopWatching: () => void = () => {};

  constructor(options: {
    game: Game;
    cluster: Cluster;
    replicaId: ReplicaId;
    /** `host:port` of this replica's MatchmakerService, where nodes tell results. @default they tell others */
    grpcAddress?: string;
    keys: ServiceKeys;
    clock: Clock;
    log: Logger;
    metrics: MatchmakerMetrics;
  }) {
    this.#game = options.game;
    this.#cluster = options.cluster;
    this.#replicaId = options.replicaId;
    this.#grpcAddress = options.grpcAddress ?? "";
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#metrics = options.metrics;
  }

  async start(): Promise<void> {
    this.#stopWatching = await this.#cluster.lease.watch("node", (key, value) => {
      const nodeId = parseNodeId(key);
      const link = this.#links.get(nodeId);
      if (link) link.leased = value !== undefined;
      else if (value) this.#dial(nodeId, value);
    });
    this.#startedAtMs = this.#clock.monotonicMs();
  }

  #forget(nodeId: NodeId, expected: boolean): void {
    this.#links.get(nodeId)?.close();
    this.#links.delete(nodeId);
    this.#dead.add(nodeId);
    if (expected) this.#log.info({ event: "node.gone", nodeId }, `node ${nodeId} has stopped`);
    else {
      this.#metrics.nodesDead.inc();
      this.#log.warn(
        { event: "node.dead", nodeId },
        `node ${nodeId} is dead: its lease is gone, its stream has ended and it does not answer`,
      );
    }
    this.#changed();
  }

  #dial(nodeId: NodeId, value: Uint8Array): void {
    try {
      const record = decodeNodeRecord(value);
      this.#links.set(
        nodeId,
        new NodeLink({
          record,
          replicaId: this.#replicaId,
          grpcAddress: this.#grpcAddress,
          keys: this.#keys,
          clock: this.#clock,
          log: this.#log,
          onChange: () => this.#changedSoon(),
          onDead: (expected) => this.#forget(nodeId, expected),
        }),
      );
    } catch (error) {
      this.#log.error(
        { event: "node.record_bad", nodeId, err: error },
        "a node announced itself with a record this build cannot read",
      );
    }
  }

  close(): void {
    this.#stopWatching();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  /** Called when a node came, went, or told something new. */
  onChange(listener: () => void): void {
    this.#onChange.add(listener);
  }

  /** What nodes tell in one turn is looked at once. */
  #changedSoon(): void {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    setImmediate(() => this.#changed());
  }

  #changed(): void {
    this.#isChangeDue = false;
    this.#metrics.nodes.set([...this.#links.values()].filter((link) => link.up).length);
    this.#measureStates();
    for (const listener of this.#onChange) listener();
  }

  /** In the metrics, and in the log when a node comes to its limits or is well again. */
  #measureStates(): void {
    const counts = new Map<NodeState, number>(NODE_STATES.map((state) => [state, 0]));
    for (const [nodeId, { load }] of this.#links) {
      const state = stateOf(load);
      counts.set(state, counts.get(state)! + 1);
      const before = this.#states.get(nodeId);
      this.#states.set(nodeId, state);
      if (state === before || !load || before === undefined || before === "away") continue;
      const { loopLagMs, memoryMib, cpu } = load;
      this.#log.info(
        { event: "node.state", nodeId, state, loopLagMs, memoryMib, cpu },
        `node ${nodeId} was ${before} and is ${state}`,
      );
    }
    for (const nodeId of this.#states.keys()) if (!this.#links.has(nodeId)) this.#states.delete(nodeId);
    for (const [state, count] of counts) this.#metrics.nodesByState.set({ state }, count);
  }

  get(nodeId: NodeId): NodeLink | undefined {
    return this.#links.get(nodeId);
  }

  /**
   * Whether a node may be alive: it has not been found dead. Of one that this replica has never met nothing is known
   * for as long as a lease lives: NATS may just be back, and the node about to take its lease again.
   */
  known(nodeId: NodeId): boolean {
    if (this.#links.has(nodeId)) return true;
    return !this.#dead.has(nodeId) && this.#clock.monotonicMs() - this.#startedAtMs < LEASE_TTL_MS.node;
  }

  /** Nodes that may open rooms, most wanted first, with what they have left after what this replica asked of them. */
  spaces(): NodeSpace[] {
    return this.#usable()
      .filter(({ load }) => !overloadOf(load))
      .map(({ link, load }) => ({ link, load, nodeId: link.record.nodeId }))
      .sort(byPacking)
      .map(({ link, load, nodeId }) => ({
        nodeId,
        region: link.record.region,
        rooms: new Set(Object.keys(link.record.rooms).filter((name) => this.#speaksTheSame(link, name))),
        freeRooms: load.roomsMax - load.rooms - link.opening,
        freeSeats: load.seatsMax - load.seats - link.opening,
      }));
  }

  /** A node of another build may have another definition of the same name. */
  #speaksTheSame(link: NodeLink, room: string): boolean {
    return link.record.rooms[room] === this.#game.rooms[room]?.wireFingerprint;
  }

  /** Rooms that ask for players, the fullest first. `skillOf`: mean skill of who plays there, as the fold has it. */
  openRooms(skillOf: (roomId: RoomId) => number = () => 0): OpenRoom[] {
    const open: (OpenRoom & { readonly seats: number })[] = [];
    for (const { link, load } of this.#usable()) {
      if (load.seats >= load.seatsMax || overloadOf(load)) continue;
      for (const { roomId, roomName, queue, backfill } of link.rooms.values()) {
        if (!backfill || !this.#speaksTheSame(link, roomName)) continue;
        open.push({
          roomId: roomId as RoomId,
          nodeId: link.record.nodeId,
          queue,
          generation: backfill.generation,
          region: link.record.region,
          skill: skillOf(roomId as RoomId),
          free: backfill.free,
          seats: backfill.free.reduce((total, seats) => total + seats, 0),
        });
      }
    }
    return open.sort((a, b) => a.seats - b.seats);
  }

  /** Rooms of the public listing. As with all others, those of another build's definition are not for this game's players. */
  *listedRooms(): Generator<{ readonly region: string; readonly room: RoomLifecycle }> {
    for (const { link } of this.#usable())
      for (const room of link.rooms.values())
        if (room.listed && this.#speaksTheSame(link, room.roomName))
          yield { region: link.record.region, room };
  }

  /** Regions with a node that can be reached, by name, and where a browser measures how far away each is. */
  regions(): Region[] {
    const regions = new Map<string, Region>();
    for (const { link } of this.#usable()) {
      const { region } = link.record;
      if (region !== "" && !regions.has(region))
        regions.set(region, { region, pingUrl: pingUrlOf(link.record) });
    }
    return [...regions.values()].sort((a, b) => (a.region < b.region ? -1 : 1));
  }

  /** Nodes whose stream is open, in no order. */
  *up(): Generator<NodeLink> {
    for (const link of this.#links.values()) if (link.up) yield link;
  }

  #usable() {
    return [...this.#links.values()].flatMap((link) =>
      link.load && link.up && !link.load.draining ? [{ link, load: link.load }] : [],
    );
  }

  /** The node that owns a room, asked of the directory; undefined: none. Throws UNAVAILABLE while its stream is down. */
  async findOwner(roomId: RoomId): Promise<NodeLink | undefined> {
    const entry = await this.#lookUp("own", roomId);
    if (!entry) return undefined;
    const { nodeId } = decodeRoomClaim(entry.value);
    const link = this.#links.get(nodeId);
    if (link ? !link.up : this.known(nodeId))
      throw new WarrenError("UNAVAILABLE", "The room's server cannot be reached right now.");
    return link;
  }

  /** As {@link findOwner}; throws ROOM_NOT_FOUND when there is none. */
  async ownerOf(roomId: RoomId): Promise<NodeLink> {
    const link = await this.findOwner(roomId);
    if (!link) throw new WarrenError("ROOM_NOT_FOUND", undefined, { details: { field: "roomId" } });
    return link;
  }

  /** Removes the claims a dead node left for a room. Those of a living node are its own to remove. */
  async forgetRoom(roomId: RoomId): Promise<void> {
    const { directory } = this.#cluster;
    const entry = await this.#lookUp("own", roomId);
    if (!entry) return;
    const { nodeId, joinCode } = decodeRoomClaim(entry.value);
    if (this.known(nodeId)) return;
    await directory.remove("own", roomId, entry.revision);
    const code = joinCode === "" ? undefined : await this.#lookUp("code", joinCode);
    if (code && new TextDecoder().decode(code.value) === roomId)
      await directory.remove("code", joinCode, code.revision);
  }

  /** The room a join code opens. Throws ROOM_NOT_FOUND. */
  async roomOfCode(joinCode: string): Promise<RoomId> {
    const entry = await this.#lookUp("code", joinCode);
    if (!entry)
      throw new WarrenError("ROOM_NOT_FOUND", `No open room has the join code ${joinCode}.`, {
        details: { field: "joinCode" },
      });
    return new TextDecoder().decode(entry.value) as RoomId;
  }

  async #lookUp(kind: DirectoryKind, key: string): Promise<DirectoryEntry | undefined> {
    try {
      return await this.#cluster.directory.get(kind, key);
    } catch (error) {
      throw new WarrenError("UNAVAILABLE", "The directory of rooms cannot be reached right now.", {
        cause: error,
      });
    }
  }

  /** A fresh token for a seat the player has. Good for 30 s and for one HELLO. */
  seat(link: NodeLink, roomId: RoomId, player: PlayerId, purpose: SeatPurpose = "play"): Seat {
    if (!link.seatSecret)
      throw new WarrenError("UNAVAILABLE", "The room's server cannot be reached right now.");
    return {
      roomId,
      url: link.record.publicUrl,
      seatToken: mintSeatToken(link.seatSecret, roomId, player, this.#clock.wallMs(), purpose),
    };
  }

  /**
   * A fresh token to watch a room with: proven by the owner's secret, brought to the node with the fewest sessions, which
   * may be the owner. Every node relays to spectators.
   */
  watchSeat(owner: NodeLink, roomId: RoomId, player: PlayerId): Seat {
    const seat = this.seat(owner, roomId, player, "watch");
    let best = owner;
    let fewest = Number.POSITIVE_INFINITY;
    // An owner that drains, or has too much to do already, is the last to be sent anybody.
    for (const { link, load } of this.#usable()) {
      if (overloadOf(load) || load.sessions > fewest || (load.sessions === fewest && link !== owner))
        continue;
      best = link;
      fewest = load.sessions;
    }
    // Until it tells its own figure, so that not all who come at once are sent to the same.
    if (best.load) best.load = { ...best.load, sessions: best.load.sessions + 1 };
    return { ...seat, url: best.record.publicUrl };
  }

  roomsOn(nodeId: NodeId): ReadonlyMap<RoomId, RoomLifecycle> | undefined {
    const link = this.#links.get(nodeId);
    return link?.up ? link.rooms : undefined;
  }
}
