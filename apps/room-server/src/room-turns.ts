import type { RoomId } from "@warren/kernel";

/**
 * What matchmakers ask about one room is done in the order it was asked. A room that waits for its claim while NATS is
 * away would else give seats after they were given back.
 */
export class RoomTurns {
  readonly #last = new Map<RoomId, Promise<unknown>>();

  /** Does it now, or when all that was asked before about the room is done; rejects as `work` does. */
  run<T>(room: RoomId, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(room);
    const turn = before ? before.then(work) : work();
    const done = turn
      .catch(() => {})
      .then(() => {
        if (this.#last.get(room) === done) this.#last.delete(room);
      });
    this.#last.set(room, done);
    return turn;
  }
}
