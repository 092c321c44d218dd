import { randomInt } from "node:crypto";
import type { Game } from "@warren/game";
import { InputError, type PlayerId, parseRoomId, type RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { Reserve_Mode } from "@warren/protocol/services";
import type { Domain } from "./domain.ts";
import { epochOf, type NodeLink } from "./node-link.ts";
import type { Nodes, Seat } from "./nodes.ts";
import { hashId } from "./tickets.ts";

/** Letters and digits that are not taken for each other. */
const CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
export const JOIN_CODE_CHARS = 6;
const TRIES_MAX = 5;

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
  }): Promise<{ seat: Seat & { joinCode: string }; isNew: boolean }> {
    const { playerId } = request;
    const definition = Object.hasOwn(this.#game.rooms, request.room)
      ? this.#game.rooms[request.room]
      : undefined;
    if (!definition) {
      throw new WarrenError(
        "ROOM_UNKNOWN",
        `room is ${JSON.stringify(request.room)}; accepted: ${Object.keys(this.#game.rooms).join(", ")}`,
      );
    }
    const options = definition.options.check(request.options ?? {}, "options");
    const join = definition.join.check(request.join ?? {}, "join");
    const roomId = parseRoomId(`r_${hashId(playerId, request.idempotencyKey, 26)}`);
    for (let attempt = 1; ; attempt++) {
      try {
        const owner = await this.#nodes.findOwner(roomId);
        const link = owner ?? this.#nodeFor(request.room);
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
            listed: false,
            teamSize: 0,
            teams: 0,
          },
          creator: { playerId, joinJson: JSON.stringify(join), team: 0, role: "" },
        });
        return { seat: { ...(await this.#sit(link, roomId, playerId)), joinCode }, isNew: !owner };
      } catch (error) {
        // The join code is taken, or the same request opened the room on another node meanwhile.
        const mayPass =
          error instanceof WarrenError &&
          (error.code === "JOIN_CODE_TAKEN" || error.code === "ROOM_NOT_FOUND");
        if (!mayPass || attempt >= TRIES_MAX) throw error;
      }
    }
  }

  #nodeFor(room: string): NodeLink {
    const space = this.#nodes.spaces().find((node) => node.freeRooms > 0 && node.rooms.has(room));
    const link = space && this.#nodes.get(space.nodeId);
    if (!link) throw new WarrenError("NO_CAPACITY");
    return link;
  }

  /** A seat in the room a code opens. Throws ROOM_NOT_FOUND or ROOM_FULL. */
  async join(request: { playerId: PlayerId; joinCode: string; join: unknown }): Promise<Seat> {
    const { playerId } = request;
    const roomId = await this.#nodes.roomOfCode(parseJoinCode(request.joinCode));
    const link = await this.#nodes.ownerOf(roomId);
    const joinJson = JSON.stringify(request.join ?? {});
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

function newJoinCode(): string {
  let code = "";
  for (let i = 0; i < JOIN_CODE_CHARS; i++) code += CODE_ALPHABET[randomInt(CODE_ALPHABET.length)];
  return code;
}

/** Case does not matter, nor do spaces and dashes people put in. */
function parseJoinCode(text: string): string {
  const code = text.toUpperCase().replaceAll(/[\s-]/g, "");
  const valid =
    code.length === JOIN_CODE_CHARS && [...code].every((letter) => CODE_ALPHABET.includes(letter));
  if (!valid) throw new InputError("joinCode", text, `${JOIN_CODE_CHARS} of ${CODE_ALPHABET}`);
  return code;
}
