import type { ClientRoom } from "./client-room.ts";
import type { GameShape, JoinOption, RoomNames } from "./types.ts";
import { joinOf, partsOf, type Seat, type Warren } from "./warren.ts";

/** A room anyone may join. */
export interface ListedRoom<Name extends string = string> {
  readonly roomId: string;
  /** Name of its definition. */
  readonly room: Name;
  readonly players: number;
  readonly seats: number;
  /** Empty: not said. */
  readonly region: string;
  /** What the room says of itself. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Which rooms are asked for; all that is left out does not matter. */
export interface RoomFilter<Name extends string = string> {
  readonly room?: Name;
  readonly queue?: string;
  readonly region?: string;
  /** Free seats at least, 1 to 1,000. @default 1 */
  readonly minFree?: number;
  /** What the rooms have to say of themselves. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Rooms of a page, 1 to 100. @default 50 */
  readonly limit?: number;
  /** The `cursor` of the page before. */
  readonly cursor?: string;
}

/** Rooms in the public listing that have a free seat; without a `cursor` this is the last page. */
export function listRooms<G extends GameShape>(
  warren: Warren<G>,
  { properties, ...filter }: RoomFilter<RoomNames<G>> = {},
): Promise<{ readonly rooms: readonly ListedRoom<RoomNames<G>>[]; readonly cursor?: string }> {
  const given = Object.entries({ ...properties, ...filter }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return partsOf(warren).json({ method: "GET", path: `/v1/rooms?${query}` });
}

/** Joins a room of the public listing. Rejects with ROOM_NOT_FOUND or ROOM_FULL. */
export async function joinRoom<G extends GameShape, R extends RoomNames<G>>(
  warren: Warren<G>,
  room: R,
  roomId: string,
  options: JoinOption<G, R>,
): Promise<ClientRoom<G, R>> {
  const { json, connect } = partsOf(warren);
  const body = { roomId, ...joinOf(options) };
  return connect(room, await json<Seat>({ method: "POST", path: "/v1/rooms/join", body }));
}
