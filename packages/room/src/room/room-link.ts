import type { ByteReader, Epoch, PlayerId, RoomId } from "@warren/kernel";
import type { ErrorCode } from "@warren/protocol";
import type { StateFrames } from "@warren/protocol/session";
import type { View } from "@warren/schema";

/** What a session has to know of its room. */
export interface RoomInfo {
  readonly roomId: RoomId;
  readonly roomName: string;
  readonly epoch: Epoch;
  readonly tickHz: number;
  readonly sendHz: number;
  readonly resumeGraceMs: number;
  readonly wireFingerprint: string;
  readonly wireSchema: string;
  readonly joinCode: string;
}

/** A state that a session was told: its tick, and what was seen of it. */
export interface ShownState {
  readonly tick: number;
  readonly view: View;
}

/** The state at the end of one tick as one view group sees it, encoded once for all who were told the same before. */
export interface StatePublication extends ShownState {
  /**
   * What to tell a session that was told `shown` last: a delta or, when it was told nothing or that is too far back, a
   * snapshot. Valid during the call to `publish` only.
   */
  since(shown: ShownState | undefined): StateFrames;
  /**
   * False: in a room without ticks, a session that was told `shown` last would be told nothing. It is not told, so that
   * nobody learns of what others do in secret.
   */
  isNews(shown: ShownState | undefined): boolean;
}

/** Down: what a room tells one session. Calls come in order and never call back into the room. */
export interface RoomDown {
  /** Tick of the state the client has been sent last; 0: none. */
  readonly stateTick: number;
  /** A new state. Latest wins: the session may skip it. `inputNumber`: the last number consumed of the player's inputs; `inputsWaiting`: those in the buffer. */
  publish(state: StatePublication, inputNumber: number, inputsWaiting: number): void;
  event(tick: number, eventId: number, payload: Uint8Array): void;
  /** The one answer to an action; `errorCode` undefined: executed. `payload` is valid during the call. */
  reply(actionSeq: number, errorCode: ErrorCode | undefined, payload: Uint8Array): void;
  /** The seat is gone: nothing more comes. */
  end(code: ErrorCode, message: string): void;
}

/**
 * Up: what a session asks of its room, wherever the room runs. Bytes only, in order for each session.
 * Methods throw WarrenError when the request itself is wrong.
 */
export interface RoomLink {
  readonly info: RoomInfo;
  /** Connects a session to its seat; an earlier session of the player is superseded. Answers the last executed actionSeq. */
  attach(player: PlayerId, down: RoomDown): { actionSeq: number };
  /** The socket is lost; the seat is kept for `resumeGraceMs`. */
  detach(player: PlayerId, down: RoomDown): void;
  /** The socket is back. */
  reattach(player: PlayerId, down: RoomDown): void;
  /** The player gives the seat back. */
  leave(player: PlayerId, down: RoomDown): void;
  /** Asks for a publication soon, because one was skipped. */
  refresh(player: PlayerId): void;
  /** `seenAt`: as in INPUT. Payloads are read before the call returns. */
  input(player: PlayerId, inputNumber: number, seenAt: number, payload: ByteReader): void;
  action(player: PlayerId, actionSeq: number, actionId: number, payload: ByteReader): void;
  /** Call it after actions, once for those that came together. */
  settle(): void;
}
