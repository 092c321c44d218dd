import type { PlayerId } from "@warren/kernel";
import { SEAT_TOKEN_TTL_MS } from "@warren/protocol/session";
import type { ViewerEyes } from "@warren/schema";
import type { Player } from "../definition.ts";
import { ActionResults } from "./action-results.ts";
import type { InputBuffer } from "./input-buffer.ts";
import type { RoomDown } from "./room-link.ts";

/** A seat that was reserved is kept this long for its player to come: longer than any token for it is good. */
export const RESERVATION_MS = SEAT_TOKEN_TTL_MS + 5_000;
/** Whom a seat is for. */
export type Sitter = Pick<Player, "id" | "isBot" | "team" | "role" | "join">;

/**
 * The room's own record that a player may sit.
 *
 *   reserved ──attach──▶ taken (online) ──detach──▶ taken (offline) ──grace over──▶ gone
 *      └──reservation over──▶ gone          ◀──reattach──┘
 */
export class Seat implements Player {
  readonly id: PlayerId;
  readonly isBot: boolean;
  readonly team: number;
  readonly role: string;
  readonly join: unknown;
  readonly inputs: InputBuffer;
  /** What the player sees of the state. */
  readonly eyes: ViewerEyes;
  /** The session behind the seat, also while its socket is lost. */
  down: RoomDown | undefined;
  /** The room's `onJoin` has run. */
  taken = false;
  /** When the reservation was made or the socket was lost; undefined while online. */
  awayAtMs: number | undefined;
  #results: ActionResults | undefined;

  constructor(who: Sitter, inputs: InputBuffer, eyes: ViewerEyes, nowMs: number) {
    this.id = who.id;
    this.isBot = who.isBot;
    this.team = who.team;
    this.role = who.role;
    this.join = who.join;
    this.inputs = inputs;
    this.eyes = eyes;
    this.awayAtMs = who.isBot ? undefined : nowMs;
  }

  get connected(): boolean {
    return this.awayAtMs === undefined;
  }

  get input(): unknown {
    return this.inputs.current;
  }

  /** Number of the last action that was executed. */
  get actionSeq(): number {
    return this.#results?.lastSeq ?? 0;
  }

  /** Dedupe table: part of the room's data, it moves with the room. Most seats never have one. */
  get results(): ActionResults {
    this.#results ??= new ActionResults();
    return this.#results;
  }
}
