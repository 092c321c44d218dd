import {
  type Epoch,
  fingerprint,
  InputError,
  type PlayerId,
  parsePlayerId,
  type RoomId,
} from "@warren/kernel";
import { checkedMessage, type Message } from "@warren/protocol";

/** Messages of one room whose outcome is not known yet; of more none is sent, and they count as not delivered. */
export const TELLS_WAITING_MAX = 1_000;

/** A message that a room wants a player to have, wherever the player is. */
export interface Tell {
  /** Counts the effects of the room, from 1. */
  readonly effectId: number;
  readonly player: PlayerId;
  readonly message: Message;
}

/** What the timer named in `room.tell` is called with. */
export interface TellResult {
  /** As `room.tell` answered it. */
  readonly messageId: string;
  readonly player: PlayerId;
  /** Whether a connection of the player has it. False also when that could not be found out in time. */
  readonly delivered: boolean;
}

interface WaitingTell {
  readonly messageId: string;
  readonly player: PlayerId;
  readonly then: string | undefined;
}

/** Messages of one room to players anywhere, from the call to the outcome. */
export class Tells {
  readonly #idPrefix: string;
  readonly #waiting = new Map<number, WaitingTell>();
  #count = 0;

  constructor({ roomId, epoch }: { readonly roomId: RoomId; readonly epoch: Epoch }) {
    this.#idPrefix = `room-${fingerprint(roomId)}-${epoch}-`;
  }

  /** What is to be sent; `isRefused`: too many wait. Throws InputError. */
  add(player: string, topic: string, data: unknown, then: string | undefined): Tell & { isRefused: boolean } {
    const effectId = this.#count + 1;
    const messageId = this.#idPrefix + effectId;
    const tell = {
      effectId,
      player: parsePlayerId(player, "room.tell player"),
      message: checkedMessage(messageId, topic, data, "room.tell "),
      isRefused: this.#waiting.size >= TELLS_WAITING_MAX,
    };
    this.#count = effectId;
    if (!tell.isRefused) this.#waiting.set(effectId, { messageId, player: tell.player, then });
    return tell;
  }

  /** The outcome is known: what to tell, and to which timer. Undefined: nobody wants to know, or it was known before. */
  settle(effectId: number, delivered: boolean): { then: string; result: TellResult } | undefined {
    const waiting = this.#waiting.get(effectId);
    this.#waiting.delete(effectId);
    if (waiting?.then === undefined) return undefined;
    const { then, messageId, player } = waiting;
    return { then, result: { messageId, player, delivered } };
  }
}

/** Throws InputError for a name that is not one of the timers. */
export function checkThen(then: string | undefined, timers: object | undefined): void {
  if (then === undefined || (timers && Object.hasOwn(timers, then))) return;
  throw new InputError("room.tell then", then, "a name in `timers`");
}
