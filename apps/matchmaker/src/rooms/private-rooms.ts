import type { Game } from "@warren/game";
import { InputError, type NodeId, type PlayerId, parseRoomId, type RoomId } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import { Reserve_Mode } from "@warren/protocol/services";
import type { Domain } from "../log/domain.ts";
import { checkedJoin, type RoomJoin } from "../tickets/checked-join.ts";
import { hashId } from "../tickets/tickets.ts";
import { newJoinCode, parseJoinCode } from "./join-code.ts";
import { epochOf, type NodeLink } from "./node-link.ts";
import type { Nodes, Seat } from "./nodes.ts";
import { lessPromised } from "./placement.ts";

const TRIES_MAX = 5;
/** The node has less space than it said a moment ago: another may have some. */
const OF_THE_NODE: ReadonlySet<string> = new Set<ErrorCode>(["NO_CAPACITY", "NODE_STOPPING"]);
/** Also: the join code is taken, or the same request opened the room on another node meanwhile. */
const MAY_PASS: ReadonlySet<string> = new Set<ErrorCode>([
  "JOIN_CODE_TAKEN",
  "ROOM_NOT_FOUND",
  "NO_CAPACITY",
  "NODE_STOPPING",
]);

/** Rooms that belong to no match: opened by a player, joined by code; and seats players hold already. */
export class PrivateRooms {
  readonly #game: Game;
  readonly #nodes: Nodes;
  readonly #domain: Domain;

  constructor(game: Game, nodes: Nodes, domain: Domain) {
    this.#game = game;
    this.#nodes = nodes;
    this.#domain = domain;
  }

  /** Opens a room with a seat for its creator. Repeating it with the same key answers with the same room. */
  async create(request: {
    playerId: PlayerId;
    idempotencyKey: string;
    room: string;
    options: unknown;
    join: unknown;
    listed: boolean;
  }): Promise<{ seat: Seat & { joinCode: string }; isNew: boolean }> {
    const { playerId } = request;
    const definition = Object.hasOwn(this.#game.rooms, request.room)
      ? this.#game.rooms[request.room]
      : undefined;
    if (!definition) {
      throw new WarrenError(
        "ROOM_UNKNOWN",
        `room is ${JSON.stringify(request.room)}; accepted: ${Object.keys(this.#game.rooms).join(", ")}`,
        { details: { field: "room" } },
      );
    }
    const options = definition.options.check(request.options ?? {}, "options");
    const joinJson = joinJsonOf(definition.join, request.join);
    const roomId = parseRoomId(`r_${hashId(playerId, request.idempotencyKey, 26)}`);
    const refused = new Set<NodeId>();
    for (let attempt = 1; ; attempt++) {
      let asked: NodeLink | undefined;
      try {
        const owner = await this.#nodes.findOwner(roomId);
        const link = owner ?? this.#nodeFor(request.room, refused);
        asked = link;
        const { joinCode } = await link.createRoom({
          roomId,
          spec: {
            roomName: request.room,
            optionsJson: JSON.stringify(options),
            fillTo: 0,
            queue: "",
            backfill: false,
            joinCode: newJoinCode(),
            matchId: "",
            listed: request.listed,
            teamSize: 0,
            teams: 0,
          },
          creator: { playerId, joinJson, team: 0, role: "" },
        });
        return { seat: { ...(await this.#sit(link, roomId, playerId)), joinCode }, isNew: !owner };
      } catch (error) {
        if (!(error instanceof WarrenError) || !MAY_PASS.has(error.code) || attempt >= TRIES_MAX) throw error;
        if (!asked) throw error;
        if (OF_THE_NODE.has(error.code)) refused.add(asked.record.nodeId);
      }
    }
  }

  /** Another than those that refused. */
  #nodeFor(room: string, refused: ReadonlySet<NodeId>): NodeLink {
    const spaces = lessPromised(this.#nodes.spaces(), this.#domain.fold, this.#nodes);
    const space = spaces.find(
      ({ nodeId, freeRooms, freeSeats, rooms }) =>
        freeRooms > 0 && freeSeats > 0 && rooms.has(room) && !refused.has(nodeId),
    );
    const link = space && this.#nodes.get(space.nodeId);
    if (!link) throw new WarrenError("NO_CAPACITY");
    return link;
  }

  /** A seat in the room a code opens, or in a listed one. Throws ROOM_NOT_FOUND, ROOM_FULL or INVALID_ARGUMENT. */
  async join(request: {
    playerId: PlayerId;
    /** Where to: one of the two. */
    joinCode?: string | undefined;
    roomId?: string | undefined;
    join: unknown;
  }): Promise<Seat> {
    const { playerId, join } = request;
    const roomId = await this.#roomOf(request, true);
    const link = await this.#nodes.ownerOf(roomId);
    const name = link.rooms.get(roomId)?.roomName ?? "";
    const type = Object.hasOwn(this.#game.rooms, name) ? this.#game.rooms[name]?.join : undefined;
    const joinJson = type ? joinJsonOf(type, join) : join === undefined ? "" : JSON.stringify(join);
    epochOf(
      await link.reserve({
        roomId,
        mode: Reserve_Mode.JOIN,
        spec: undefined,
        seats: [{ playerId, joinJson, team: 0, role: "" }],
        backfillGeneration: 0,
      }),
    );
    return this.#sit(link, roomId, playerId);
  }

  /**
   * A way to watch a room, by its code or id. Throws ROOM_NOT_FOUND or ROOM_NOT_WATCHABLE; whether there is space for one
   * more, only the node knows.
   */
  async watch(request: {
    playerId: PlayerId;
    joinCode?: string | undefined;
    roomId?: string | undefined;
    /** By id only listed rooms are found. */
    isListedOnly: boolean;
  }): Promise<Seat> {
    const roomId = await this.#roomOf(request, request.isListedOnly);
    const link = await this.#nodes.ownerOf(roomId);
    // One that has not been told of yet was opened just now; its node refuses then.
    if (link.rooms.get(roomId)?.watchable === false) throw new WarrenError("ROOM_NOT_WATCHABLE");
    return this.#nodes.watchSeat(link, roomId, request.playerId);
  }

  async #roomOf(
    { joinCode, roomId }: { joinCode?: string | undefined; roomId?: string | undefined },
    isListedOnly: boolean,
  ): Promise<RoomId> {
    if ((joinCode === undefined) === (roomId === undefined))
      throw new InputError("joinCode", joinCode, "either joinCode or roomId");
    if (joinCode !== undefined) return this.#nodes.roomOfCode(parseJoinCode(joinCode));
    return isListedOnly ? this.#listed(roomId) : parseRoomId(roomId, "roomId");
  }

  /** Who is not in the listing is not found, so that an id alone opens no room. */
  #listed(text: string | undefined): RoomId {
    const roomId = parseRoomId(text, "roomId");
    for (const { room } of this.#nodes.listedRooms()) if (room.roomId === roomId) return roomId;
    throw new WarrenError("ROOM_NOT_FOUND", "No room of this id is in the public listing.", {
      details: { field: "roomId" },
    });
  }

  /** Tells the log, so that a seat the player had elsewhere is given up, as after a match. */
  async #sit(link: NodeLink, roomId: RoomId, playerId: PlayerId): Promise<Seat> {
    const { nodeId } = link.record;
    await this.#domain.append(this.#domain.ticketSubject, {
      $case: "seatTaken",
      value: { playerId, roomId, nodeId },
    });
    return this.#nodes.seat(link, roomId, playerId);
  }

  /** A fresh token for a seat the player holds, wherever the room is now. Throws ROOM_NOT_FOUND or SEAT_NOT_FOUND. */
  async reseat(playerId: PlayerId, roomId: RoomId): Promise<Seat> {
    const link = await this.#nodes.ownerOf(roomId);
    epochOf(
      await link.reserve({
        roomId,
        mode: Reserve_Mode.HOLD,
        spec: undefined,
        seats: [{ playerId, joinJson: "", team: 0, role: "" }],
        backfillGeneration: 0,
      }),
    );
    return this.#nodes.seat(link, roomId, playerId);
  }
}

function joinJsonOf(type: RoomJoin, join: unknown): string {
  const checked = checkedJoin(type, join, "join");
  return checked === undefined ? "" : JSON.stringify(checked);
}
