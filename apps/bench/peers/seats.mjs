// Seats of the servers without a matchmaker of their own: a token for each request, and rooms that fill up one after
// the other.
import { randomUUID } from "node:crypto";

/** Tokens that were given out and not brought back yet. */
export class Tokens {
  #given = new Set();

  give() {
    const token = randomUUID();
    this.#given.add(token);
    return token;
  }

  /** Whether this one was given out, and not taken before. */
  take(token) {
    return this.#given.delete(token);
  }
}

/** Rooms of one size. `open(seats)` makes one: it has enter(member, seat), leave(seat) and close(). */
export class Rooms {
  #open;
  #size;
  /** Rooms with a free seat; the last one is filled first. */
  #free = [];

  constructor(size, open) {
    this.#size = size;
    this.#open = open;
  }

  /** Seats a member in a room; call what is returned when it leaves. */
  seat(member) {
    let table = this.#free.at(-1);
    if (table === undefined) {
      table = { room: this.#open(this.#size), seats: new Array(this.#size).fill(false), taken: 0 };
      this.#free.push(table);
    }
    const seat = table.seats.indexOf(false);
    table.seats[seat] = true;
    if (++table.taken === this.#size) this.#free.splice(this.#free.indexOf(table), 1);
    table.room.enter(member, seat);
    return () => this.#leave(table, seat);
  }

  #leave(table, seat) {
    table.seats[seat] = false;
    table.room.leave(seat);
    if (table.taken-- === this.#size) this.#free.push(table);
    if (table.taken > 0) return;
    this.#free.splice(this.#free.indexOf(table), 1);
    table.room.close();
  }
}
