import type { Game } from "@warren/game";

/** The type of what a player brings into a room. */
export type RoomJoin = Game["rooms"][string]["join"];

/**
 * What a player brings into a room. Left out, it is nothing where the room may do without, and else an object whose
 * fields are missing. Throws InputError.
 */
export function checkedJoin(type: RoomJoin, join: unknown, field: string): unknown {
  return type.check(join ?? (type.initial() === undefined ? undefined : {}), field);
}
