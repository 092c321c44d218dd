import type { Game } from "@warren/game";
import { InputError, parseRoomId, wholeNumber } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { Domain } from "../log/domain.ts";
import type { Nodes } from "./nodes.ts";

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 50;
const SEATS_MAX = 1_000;
const VALUE_CHARS_MAX = 64;
const PROPERTIES_MAX = 16;

/** A room in the public listing. */
export interface ListedRoom {
  readonly roomId: string;
  /** Name of its definition. */
  readonly room: string;
  readonly players: number;
  readonly seats: number;
  /** Empty: not said. */
  readonly region: string;
  /** What the room says of itself. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What the listing is asked for: each thing of it once, as text. All but what is named here are properties of rooms. */
export type ListingQuery = Readonly<Record<string, unknown>>;

/** Rooms anyone may join. Soft state: what nodes told this replica last. */
export class RoomListing {
  readonly #game: Game;
  readonly #domain: Domain;
  readonly #nodes: Nodes;

  constructor(game: Game, domain: Domain, nodes: Nodes) {
    this.#game = game;
    this.#domain = domain;
    this.#nodes = nodes;
  }

  /**
   * Listed rooms with a free seat that fit, in the order of their ids; `cursor` is where the next page begins.
   * Throws INVALID_ARGUMENT, ROOM_UNKNOWN or QUEUE_UNKNOWN, naming the field.
   */
  find(query: ListingQuery): { rooms: ListedRoom[]; cursor?: string } {
    for (const [name, value] of Object.entries(query))
      if (typeof value !== "string" || value.length > VALUE_CHARS_MAX * 2)
        throw new InputError(name, value, "one value");
    const { room, queue, region, minFree, limit, cursor, ...properties } = query as Record<string, string>;
    if (room !== undefined) known("room", room, Object.keys(this.#game.rooms), "ROOM_UNKNOWN");
    if (queue !== undefined) known("queue", queue, [...this.#domain.queues.keys()], "QUEUE_UNKNOWN");
    const free = whole("minFree", minFree, 1, SEATS_MAX) ?? 1;
    const count = whole("limit", limit, 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
    const after = cursor === undefined ? "" : parseRoomId(cursor, "cursor");
    const wanted = Object.entries(properties);
    if (wanted.length > PROPERTIES_MAX)
      throw new InputError("properties", wanted.length, `at most ${PROPERTIES_MAX} properties`);
    for (const [name, value] of wanted)
      if (value.length > VALUE_CHARS_MAX)
        throw new InputError(name, value, `at most ${VALUE_CHARS_MAX} characters`);
    const found: ListedRoom[] = [];
    for (const { region: where, room: each } of this.#nodes.listedRooms()) {
      if (each.roomId <= after || each.seats - each.players < free) continue;
      if ((room ?? each.roomName) !== each.roomName || (queue ?? each.queue) !== each.queue) continue;
      if ((region ?? where) !== where) continue;
      if (!wanted.every(([name, value]) => each.properties.get(name) === value)) continue;
      found.push({
        roomId: each.roomId,
        room: each.roomName,
        players: each.players,
        seats: each.seats,
        region: where,
        properties: Object.fromEntries(each.properties),
      });
    }
    found.sort((a, b) => (a.roomId < b.roomId ? -1 : 1));
    const rooms = found.slice(0, count);
    return found.length > count ? { rooms, cursor: rooms.at(-1)!.roomId } : { rooms };
  }
}

function known(field: string, name: string, names: readonly string[], code: ErrorCode): void {
  if (names.includes(name)) return;
  const accepted = names.join(", ") || "none";
  throw new WarrenError(code, `${field} is ${JSON.stringify(name)}; accepted: ${accepted}`, {
    details: { field },
  });
}

function whole(field: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
  return wholeNumber(field, value, min, max);
}
