import type { ByteReader, PlayerId } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { RoomDown, RoomInfo, RoomLink } from "../room/room-link.ts";
import type { Payer } from "./relay-channel.ts";
import {
  RELAY_HELD_MAX,
  RELAY_HOLD_MS_MAX,
  RELAY_REFRESH_BEHIND_MS,
  RELAY_REFRESH_MS,
  RELAY_SESSION_BYTES_MAX,
} from "./relay-limits.ts";
import type { RelayedState } from "./relayed-state.ts";

/** What a link needs of the channel it is on. */
export interface RelayLinkWay {
  nowMs(): number;
  detach(link: RelayLink): void;
  reattach(link: RelayLink): void;
  leave(link: RelayLink): void;
  refresh(reader: number): void;
  input(session: number, inputNumber: number, seenAt: number, payload: Uint8Array): void;
  action(link: RelayLink, actionSeq: number, actionId: number, payload: Uint8Array): void;
  /** A state was lost, and a snapshot made up for it. */
  onResynced(): void;
}

/**
 * The way of one session into a room of another node; its seat was taken there when the session was admitted. States come
 * as the room's node encoded them. One that does not follow the one the client was sent last is not for it: then a
 * snapshot is asked for.
 *
 *   waiting ──attach──▶ online ──detach──▶ offline ──reattach──▶ online
 *      └─────────────────┴──the room's node says so, or is gone──▶ ended
 */
export class RelayLink implements RoomLink, Payer {
  readonly info: RoomInfo;
  /** Its number on the channel. */
  readonly session: number;
  /** Who its events and states are for: it alone, or all spectators of the room here. */
  readonly reader: number;
  waitingBytes = 0;
  readonly #way: RelayLinkWay;
  readonly #isSpectator: boolean;
  readonly #actionSeq: number;
  #down: RoomDown | undefined;
  #isOnline = false;
  #hasEnded = false;
  /** What was told before there was a session, or before the state that belongs to it. */
  #held: ((down: RoomDown) => void)[] = [];
  /** A packet was lost, and perhaps a state in it. */
  #staleSinceMs: number | undefined;
  /** A snapshot is needed: a state came that does not fit, or may have. */
  #isMisfit = false;
  /** A state was not written because the socket is behind. */
  #isBehind = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    way: RelayLinkWay;
    info: RoomInfo;
    session: number;
    reader: number;
    isSpectator: boolean;
    actionSeq: number;
  }) {
    this.#way = options.way;
    this.info = options.info;
    this.session = options.session;
    this.reader = options.reader;
    this.#isSpectator = options.isSpectator;
    this.#actionSeq = options.actionSeq;
  }

  get isOnline(): boolean {
    return this.#isOnline && !this.#hasEnded;
  }

  // --- RoomLink ---

  attach(_player: PlayerId, down: RoomDown): { actionSeq: number } {
    this.#down = down;
    this.#isOnline = true;
    this.#release();
    if (this.#isMisfit) this.#ask();
    return { actionSeq: this.#actionSeq };
  }

  detach(_player: PlayerId, down: RoomDown): void {
    if (down !== this.#down || !this.#isOnline) return;
    this.#isOnline = false;
    this.#release();
    if (!this.#hasEnded) this.#way.detach(this);
  }

  reattach(_player: PlayerId, down: RoomDown): void {
    if (down !== this.#down || this.#hasEnded) throw new WarrenError("SESSION_NOT_FOUND");
    this.#checkWaiting();
    this.#isOnline = true;
    this.#staleSinceMs = undefined;
    this.#isMisfit = this.#isBehind = false;
    // The room sends a snapshot of itself.
    this.#askedAtMs = this.#way.nowMs();
    this.#way.reattach(this);
  }

  leave(_player: PlayerId, down: RoomDown): void {
    if (down !== this.#down) return;
    this.#isOnline = false;
    this.#held = [];
    if (!this.#hasEnded) this.#way.leave(this);
    this.#hasEnded = true;
  }

  refresh(): void {
    this.#isBehind = false;
    this.#isMisfit = true;
    this.#ask();
  }

  input(_player: PlayerId, inputNumber: number, seenAt: number, payload: ByteReader): void {
    if (!this.#hasEnded && !this.#isSpectator)
      this.#way.input(this.session, inputNumber, seenAt, payload.rest());
  }

  action(_player: PlayerId, actionSeq: number, actionId: number, payload: ByteReader): void {
    if (this.#hasEnded) return;
    this.#checkWaiting();
    this.#way.action(this, actionSeq, actionId, payload.rest());
  }

  settle(): void {}

  // --- what the room's node says ---

  event(tick: number, eventId: number, payload: Uint8Array): void {
    this.#tell((down) => down.event(tick, eventId, payload));
  }

  reply(actionSeq: number, errorCode: ErrorCode | undefined, payload: Uint8Array): void {
    this.#tell((down) => down.reply(actionSeq, errorCode, payload));
  }

  end(code: ErrorCode, message: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#staleSinceMs = undefined;
    this.#held.push((down) => down.end(code, message));
    this.#release();
  }

  /** A state of its reader; whether it is wanted, the others of this turn show, too. */
  state(state: RelayedState, inputNumber: number, inputsWaiting: number): void {
    const down = this.#down;
    if (!down || !this.#isOnline) {
      this.#isMisfit = true;
      return;
    }
    const shownTick = down.stateTick;
    if (shownTick >= state.tick) return;
    if (state.baseTick !== 0 && state.baseTick !== shownTick) {
      this.#isMisfit = true;
      return;
    }
    if (state.baseTick === 0 && this.#staleSinceMs !== undefined) this.#way.onResynced();
    this.#isMisfit = false;
    this.#staleSinceMs = undefined;
    // They wait in the outbox, and leave behind the state.
    this.#release();
    down.publish(state, inputNumber, inputsWaiting);
    this.#isBehind = down.stateTick < state.tick;
    // A snapshot would not be taken either.
    if (this.#isBehind) this.#askedAtMs = this.#way.nowMs();
  }

  /** A packet of the room's node was lost. */
  gap(): void {
    if (this.#isOnline) this.#staleSinceMs ??= this.#way.nowMs();
    else if (!this.#down) this.#isMisfit = true;
  }

  /** The states of a packet are through, or some time is over. */
  look(): void {
    // In a room without ticks no other state may come that would show what is missing.
    if (this.#isMisfit || (this.#staleSinceMs !== undefined && this.info.tickHz === 0)) this.#ask();
    const heldMs = this.#way.nowMs() - (this.#staleSinceMs ?? this.#way.nowMs());
    if (heldMs >= RELAY_HOLD_MS_MAX) this.#release();
  }

  #tell(call: (down: RoomDown) => void): void {
    if (this.#hasEnded) return;
    const waits = this.#down === undefined || (this.#isOnline && this.#staleSinceMs !== undefined);
    if (!waits) {
      this.#release();
      return call(this.#down!);
    }
    this.#held.push(call);
    if (this.#held.length > RELAY_HELD_MAX) this.#release();
  }

  #release(): void {
    const down = this.#down;
    if (!down || this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const call of held) call(down);
  }

  /** Asks for a snapshot, unless one is on its way. */
  #ask(): void {
    if (!this.#isOnline || this.#hasEnded) return;
    const nowMs = this.#way.nowMs();
    // What its socket does not take is not worth much.
    if (nowMs - this.#askedAtMs < (this.#isBehind ? RELAY_REFRESH_BEHIND_MS : RELAY_REFRESH_MS)) return;
    this.#askedAtMs = nowMs;
    this.#way.refresh(this.reader);
  }

  #checkWaiting(): void {
    if (this.waitingBytes <= RELAY_SESSION_BYTES_MAX) return;
    throw new WarrenError(
      "UNAVAILABLE",
      `More than ${RELAY_SESSION_BYTES_MAX} bytes wait for the node that runs the room.`,
    );
  }
}
