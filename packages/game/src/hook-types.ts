import type { AnyRoomDefinition } from "@warren/room";

// For functions of a game that hooks hand their arguments to: `function score(room: RoomOf<typeof arena>) {}`.

/** The room as hooks of a definition get it. */
export type RoomOf<D extends AnyRoomDefinition> = Parameters<NonNullable<D["source"]["onCreate"]>>[0];
/** A player as hooks of a definition get it. */
export type PlayerOf<D extends AnyRoomDefinition> = Parameters<NonNullable<D["source"]["onJoin"]>>[1];
