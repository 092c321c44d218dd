// A room of the two servers that speak bare bytes. What goes over their wire:
//
// - `POST /join`, no body → 200 `{"token":"…"}`. Then a WebSocket to `/` at the same port.
// - The client's first message is that token, as bytes or text; an unknown one closes the socket with 4001. The answer
//   is a state: u8 2 and the whole field (field.mjs); in a room without ticks its three bytes of head alone.
// - After that, in a room without ticks every message comes back as it is; in one with ticks messages are inputs, which
//   have no answer, and every tick sends u8 3 and what changed.
import { counts } from "./control.mjs";
import { Field } from "./field.mjs";
import { flightOf, ticking } from "./scene.mjs";

export const UNKNOWN_TOKEN = 4001;

/** Answers how a room is opened. `send(member, bytes)` may not keep the bytes, unless `copy` makes them a state's own. */
export function rawRooms(scene, send, unsentBytes, { copy = false } = {}) {
  const momentAt = scene.tickHz === 0 ? undefined : flightOf(scene);
  const own = copy ? (bytes) => Buffer.from(bytes) : (bytes) => bytes;
  return (seats) => new RawRoom(scene, seats, momentAt, { send, unsentBytes, own });
}

class RawRoom {
  #field;
  /** Who is there, in no order; and by seat, where in that list. */
  #members = [];
  #seatOf = [];
  #momentAt;
  #send;
  #own;
  #tick = 0;
  #stop;

  constructor(scene, seats, momentAt, { send, unsentBytes, own }) {
    this.#field = new Field(momentAt === undefined ? 0 : seats);
    this.#momentAt = momentAt;
    this.#send = send;
    this.#own = own;
    this.#stop = ticking(
      scene,
      () => this.#advance(),
      () => unsentBytes(this.#members[0]),
    );
  }

  enter(member, seat) {
    this.#members.push(member);
    this.#seatOf.push(seat);
    this.#send(member, this.#own(this.#field.whole()));
    this.#field.enter(seat);
  }

  leave(seat) {
    const at = this.#seatOf.indexOf(seat);
    const member = this.#members.pop();
    const last = this.#seatOf.pop();
    if (at < this.#members.length) {
      this.#members[at] = member;
      this.#seatOf[at] = last;
    }
    this.#field.leave(seat);
  }

  close() {
    this.#stop();
  }

  #advance() {
    this.#field.move(this.#momentAt(this.#tick++));
    const bytes = this.#own(this.#field.changes());
    const members = this.#members;
    for (let i = 0; i < members.length; i++) this.#send(members[i], bytes);
    counts.ticks++;
    counts.sent += members.length;
  }
}
