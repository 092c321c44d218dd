import { InputError, parseName } from "@warren/kernel";
import type { QueueConfig } from "@warren/matchmaking/queue";
import type { AnyRoomDefinition } from "@warren/room";

/** A whole game: its kinds of rooms and its queues. The default export of a game file. */
export interface Game<
  Rooms extends Readonly<Record<string, AnyRoomDefinition>> = Readonly<Record<string, AnyRoomDefinition>>,
  Queues extends Readonly<Record<string, QueueConfig>> = Readonly<Record<string, QueueConfig>>,
> {
  readonly rooms: Rooms;
  readonly queues: Queues;
}

/** Puts a game together. Throws InputError when a queue names no room of the game, more seats than it has, or wrong options. */
export function defineGame<
  Rooms extends Readonly<Record<string, AnyRoomDefinition>>,
  const Queues extends Readonly<Record<string, QueueConfig<keyof Rooms & string>>> = Readonly<
    Record<never, never>
  >,
>(source: { rooms: Rooms; queues?: Queues }): Game<Rooms, Queues> {
  const queues = source.queues ?? ({} as Queues);
  for (const name of Object.keys(source.rooms)) parseName(name, `rooms.${name}`);
  for (const [name, queue] of Object.entries(queues)) {
    parseName(name, `queues.${name}`);
    const room = Object.hasOwn(source.rooms, queue.room) ? source.rooms[queue.room] : undefined;
    if (!room) throw new InputError(`queues.${name}.room`, queue.room, Object.keys(source.rooms).join(", "));
    if (queue.size > room.seats)
      throw new InputError(
        `queues.${name}.size`,
        queue.size,
        `up to ${room.seats}, the seats of ${queue.room}`,
      );
    room.options.check(queue.options, `queues.${name}.options`);
  }
  return { rooms: source.rooms, queues };
}

/** Whether what a file exports is a game. */
export function isGame(value: unknown): value is Game {
  return isRecord(value) && isRecord(value["rooms"]) && isRecord(value["queues"]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
