import type { NodeId, RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { type Overload, readSeatToken, type SeatPurpose } from "@warren/protocol/services";
import type { Admission, RoomHost } from "@warren/room";
import type { Relay } from "@warren/room/relay";
import type { Owners } from "./owners.ts";
import type { SeatTokens } from "./seat-tokens.ts";

export interface AdmissionsOptions {
  readonly self: NodeId;
  readonly seats: SeatTokens;
  readonly rooms: RoomHost;
  readonly owners: Owners;
  readonly relay: Pick<Relay, "admit">;
  /** Players of rooms on other nodes are taken, too. */
  readonly relaysPlayers: boolean;
  /** Why the node has too much to do for spectators, who have no seat that was promised; undefined: it has not. */
  overload(): Pick<Overload, "message"> | undefined;
}

/** Whom this node lets in, and where: into a room of its own, or by the relay into one of another node. */
export class Admissions {
  readonly #options: AdmissionsOptions;

  constructor(options: AdmissionsOptions) {
    this.#options = options;
  }

  /** For a HELLO. Throws, or rejects with, what `SessionHost.options.admit` may. */
  admit(seatToken: string): Admission | Promise<Admission> {
    const { room, purpose } = readSeatToken(seatToken);
    const over = purpose === "watch" ? this.#options.overload() : undefined;
    if (over) throw new WarrenError("UNAVAILABLE", over.message);
    if (this.#options.rooms.has(room)) return this.admitHere(seatToken);
    return this.#admitElsewhere(room, purpose, seatToken);
  }

  /** Into a room of this node. Throws WarrenError. */
  admitHere(seatToken: string): Admission {
    const { seats, rooms } = this.#options;
    const { purpose, room, player } = seats.open(seatToken);
    const spectator = purpose === "watch";
    return { player, spectator, link: spectator ? rooms.watch(room) : rooms.linkTo(room) };
  }

  async #admitElsewhere(room: RoomId, purpose: SeatPurpose, seatToken: string): Promise<Admission> {
    const { self, owners, relay, relaysPlayers, rooms } = this.#options;
    const owner = await owners.ownerOf(room);
    if (owner === self) {
      // It was opened meanwhile, or has ended and the directory does not know yet.
      if (rooms.has(room)) return this.admitHere(seatToken);
      throw new WarrenError("ROOM_NOT_FOUND");
    }
    if (!relaysPlayers && purpose === "play") throw new WarrenError("ROOM_MOVED");
    try {
      return await relay.admit(owner, seatToken);
    } catch (error) {
      if (error instanceof WarrenError && error.code === "ROOM_NOT_FOUND") owners.forget(room);
      throw error;
    }
  }
}
