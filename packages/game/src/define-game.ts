import { InputError, parseName } from "@warren/kernel";
import { type QueueConfig, refuseGame } from "@warren/matchmaking/queue";
import type { AnyRoomDefinition } from "@warren/room";

/** A whole game: its kinds of rooms and its queues. The default export of a game file. */
export interface Game<
  Rooms extends Readonly<Record<string, AnyRoomDefinition>> = Readonly<Record<string, AnyRoomDefinition>>,
  Queues extends Readonly<Record<string, QueueConfig>> = Readonly<Record<string, QueueConfig>>,
> {
  readonly rooms: Rooms;
  readonly queues: Queues;
}

/**
 * Puts a game together. Throws InputError when a queue names no room of the game, more seats than it has, or wrong
 * options, or when two queues mean different things by one attribute.
 */
export function defineGame<
  Rooms extends Readonly<Record<string, AnyRoomDefinition>>,
  const Queues extends Readonly<Record<string, QueueConfig<keyof Rooms & string>>> = Readonly<
    Record<never, never>
  >,
>(source: { rooms: Rooms; queues?: Queues }): Game<Rooms, Queues> {
  const queues = source.queues ?? ({} as Queues);
  refuseGame(queues, [...problemsOf(source.rooms, queues)]);
  return { rooms: source.rooms, queues };
}

function* problemsOf(rooms: Game["rooms"], queues: Game["queues"]): Iterable<InputError> {
  for (const name of Object.keys(rooms)) yield* thrownBy(() => parseName(name, `rooms.${name}`));
  for (const [name, queue] of Object.entries(queues)) {
    const at = `queues.${name}`;
    yield* thrownBy(() => parseName(name, at));
    const room = Object.hasOwn(rooms, queue.room) ? rooms[queue.room] : undefined;
    if (!room) {
      yield new InputError(`${at}.room`, queue.room, Object.keys(rooms).join(", "));
      continue;
    }
    if (queue.size > room.seats)
      yield new InputError(`${at}.size`, queue.size, `up to ${room.seats}, the seats of ${queue.room}`);
    yield* thrownBy(() => room.options.check(queue.options, `${at}.options`));
  }
  yield* sharedAttributes(queues);
}

/** A ticket may name several queues and brings each attribute once. */
function* sharedAttributes(queues: Game["queues"]): Iterable<InputError> {
  const known = new Map<
    string,
    { readonly type: string; readonly trusted: boolean; readonly queue: string }
  >();
  for (const [queue, { attributes }] of Object.entries(queues)) {
    for (const [name, { type, trusted }] of Object.entries(attributes)) {
      const first = known.get(name) ?? { type, trusted, queue };
      known.set(name, first);
      const at = `queues.${queue}.attributes.${name}`;
      if (type !== first.type)
        yield new InputError(`${at}.type`, type, `${first.type}, as in ${first.queue}`);
      else if (trusted !== first.trusted)
        yield new InputError(`${at}.trusted`, trusted, `${first.trusted}, as in ${first.queue}`);
    }
  }
}

function* thrownBy(check: () => unknown): Iterable<InputError> {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    yield error;
  }
}

/** Whether what a file exports is a game. */
export function isGame(value: unknown): value is Game {
  return isRecord(value) && isRecord(value["rooms"]) && isRecord(value["queues"]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
