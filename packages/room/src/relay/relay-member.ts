import type { PlayerId } from "@warren/kernel";
import type { ErrorCode } from "@warren/protocol";
import type { RoomDown, RoomLink, StatePublication } from "../room/room-link.ts";
import type { RelayReader } from "./relay-reader.ts";

/** What a member needs of the channel it is on. */
export interface RelayMemberWay {
  event(reader: RelayReader, tick: number, eventId: number, payload: Uint8Array): void;
  reply(member: RelayMember, actionSeq: number, errorCode: ErrorCode | undefined, payload: Uint8Array): void;
  end(member: RelayMember, code: ErrorCode, message: string): void;
}

/** A session of another node, as the room here sees it. */
export class RelayMember implements RoomDown {
  /** Its number on the channel. */
  readonly session: number;
  readonly player: PlayerId;
  readonly link: RoomLink;
  readonly reader: RelayReader;
  isOnline = true;
  /** Nothing it is told goes anywhere any more. */
  isGone = false;
  readonly #way: RelayMemberWay;

  constructor(session: number, player: PlayerId, link: RoomLink, reader: RelayReader, way: RelayMemberWay) {
    this.session = session;
    this.player = player;
    this.link = link;
    this.reader = reader;
    this.#way = way;
  }

  get stateTick(): number {
    return this.reader.stateTick;
  }

  publish(state: StatePublication, inputNumber: number, inputsWaiting: number): void {
    if (!this.isGone) this.reader.publish(state, inputNumber, inputsWaiting);
  }

  event(tick: number, eventId: number, payload: Uint8Array): void {
    if (!this.isGone && this.reader.lead === this) this.#way.event(this.reader, tick, eventId, payload);
  }

  reply(actionSeq: number, errorCode: ErrorCode | undefined, payload: Uint8Array): void {
    if (!this.isGone) this.#way.reply(this, actionSeq, errorCode, payload);
  }

  end(code: ErrorCode, message: string): void {
    if (!this.isGone) this.#way.end(this, code, message);
  }
}
