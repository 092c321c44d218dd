import type { PlayerId, SessionId } from "@warren/kernel";
import { closeIsResumable, ERRORS, type ErrorCode, WarrenError } from "@warren/protocol";
import {
  type DownFrame,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
  type ReceivedFrame,
} from "@warren/protocol/session";
import type { RoomDown, RoomLink, StatePublication } from "../room/room-link.ts";
import { closeReason } from "./close-reason.ts";
import { Outbox, type OutboxHandlers, QUEUE_BYTES_MAX, type Socket, UNDRAINED_MS_MAX } from "./outbox.ts";
import { sameSecret } from "./same-secret.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Ids of messages a session knows again. */
export const MESSAGES_KNOWN_MAX = 256;
/** The highest number an input may have; a year of 128 a second. What the room counts on from it fits into a varint. */
export const INPUT_NUMBER_MAX = 2 ** 32 - 1;

/**
 * Messages of one client that come within this are a burst, and what it is answered goes out together at the end of the
 * turn. Who sends one at a time is answered at once: to wait for the turn's end costs as much as an action.
 */
const BURST_MS_MAX = 0.05;
/** So many messages have to come alone before the next one is believed to. */
const MESSAGES_ALONE_MIN = 3;

export interface SessionLimits {
  /** Frames a client may send per second, on average. */
  readonly framesPerSecondMax: number;
}

/** Whose session it is. */
export interface SessionOptions {
  readonly id: SessionId;
  readonly player: PlayerId;
  readonly link: RoomLink;
  /** It watches and does not play. */
  readonly spectator: boolean;
}

/** What a session asks of its host, and tells it; one object for all sessions of a host. */
export interface SessionHandlers {
  readonly limits: SessionLimits;
  /** A fresh secret for RESUME. */
  newResumeKey(): string;
  /** Something waits in the outbox: call `flush` at the end of this turn. Told once until then. */
  wantsFlush(session: Session): void;
  /** A state was not written because the socket is behind. */
  onStateSkipped(): void;
  /** The socket was closed because its client is too slow. */
  onSlow(error: WarrenError): void;
  /** The session is over for good. */
  onEnded(session: Session): void;
}

/**
 * One player's connection life, across sockets. Pure: sockets, time and secrets come from outside.
 *
 *   online ──socket lost──▶ offline ──RESUME──▶ online
 *      └───────seat gone, superseded, left, final close──────▶ ended
 */
export class Session implements RoomDown, OutboxHandlers {
  readonly id: SessionId;
  readonly player: PlayerId;
  readonly link: RoomLink;
  /** Counts sockets from 1. */
  generation = 0;
  readonly #spectator: boolean;
  readonly #options: SessionHandlers;
  readonly #bucket: TokenBucket;
  #socket: Socket | undefined;
  /** Undefined although there is a socket: the queue was full, and the socket is about to be closed. */
  #outbox: Outbox | undefined;
  #eventSeq = 0;
  #lastActionSeq = 0;
  /**
   * Secrets that RESUME may bring: the last WELCOME's, and until the client is heard on the new socket the one before,
   * because that WELCOME may have been lost on its way.
   */
  #resumeKeys: string[] = [];
  /** Ids of the last messages; most sessions never get one. */
  #messagesKnown: Set<string> | undefined;
  #ended = false;
  #awaitsFlush = false;
  #heardAtMs = 0;
  #messagesAlone = 0;
  /** What is told now goes out when the client's message has been received, and not at the end of the turn. */
  #answersAtOnce = false;

  constructor({ id, player, link, spectator }: SessionOptions, handlers: SessionHandlers) {
    this.id = id;
    this.player = player;
    this.link = link;
    this.#spectator = spectator;
    this.#options = handlers;
    this.#bucket = new TokenBucket(handlers.limits.framesPerSecondMax);
  }

  get stateTick(): number {
    return this.#outbox?.shown?.tick ?? 0;
  }

  /** Bytes that wait for the client. */
  get waitingBytes(): number {
    return this.#outbox?.waitingBytes ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether a RESUME with this key is of this session's client. */
  provenBy(resumeKey: string): boolean {
    return this.#resumeKeys.some((key) => sameSecret(key, resumeKey));
  }

  /** Whether this is the session's socket now, and not one that was replaced or given up. */
  isOn(socket: Socket): boolean {
    return socket === this.#socket;
  }

  /**
   * First socket: takes the seat. Throws WarrenError when there is none. The room may tell events while it
   * seats the player, or end the session at once; so the socket is there before the seat is taken.
   * `clientHasSchema`: HELLO named its fingerprint.
   */
  open(socket: Socket, clientHasSchema: boolean): void {
    this.#connect(socket);
    const { actionSeq } = this.link.attach(this.player, this);
    this.#welcome(actionSeq, clientHasSchema);
  }

  /** A newer socket of the same session. Continuity cannot be proved, so it starts over from a snapshot. */
  resume(socket: Socket, handledEventSeq: number): void {
    if (handledEventSeq > this.#eventSeq) {
      throw new WarrenError(
        "PROTOCOL_VIOLATION",
        `eventSeq is ${handledEventSeq}; accepted: up to ${this.#eventSeq}`,
      );
    }
    this.#disconnect("SESSION_SUPERSEDED", "The session was resumed on a newer socket.");
    this.link.reattach(this.player, this);
    this.#connect(socket);
    this.#welcome(this.#lastActionSeq, true);
    const resync = encodeFrame({
      type: FrameType.RESYNC,
      body: { epoch: this.link.info.epoch, eventSeq: this.#eventSeq, reason: "the socket was replaced" },
    });
    this.#outbox?.pushControl(resync);
  }

  #connect(socket: Socket): void {
    this.#socket = socket;
    this.#outbox = new Outbox(socket, this);
    this.generation++;
    this.#resumeKeys = [this.#options.newResumeKey(), ...this.#resumeKeys.slice(0, 1)];
  }

  #welcome(actionSeq: number, clientHasSchema: boolean): void {
    if (!this.#outbox) return;
    this.#lastActionSeq = actionSeq;
    const { info } = this.link;
    const welcome = encodeFrame({
      type: FrameType.WELCOME,
      body: {
        protocolVersion: PROTOCOL_VERSION,
        sessionId: this.id,
        resumeKey: this.#resumeKeys[0] as string,
        generation: this.generation,
        roomId: info.roomId,
        roomName: info.roomName,
        playerId: this.player,
        epoch: info.epoch,
        tickHz: info.tickHz,
        sendHz: info.sendHz,
        wireFingerprint: info.wireFingerprint,
        wireSchema: clientHasSchema ? "" : info.wireSchema,
        actionSeq,
        resumeGraceMs: info.resumeGraceMs,
        joinCode: info.joinCode,
        spectator: this.#spectator,
      },
    });
    this.#outbox.pushControl(welcome);
    this.#flushSoon();
  }

  /** A frame from the session's socket. Throws WarrenError when it has to be closed for it. */
  receive(frame: ReceivedFrame, nowMs: number): void {
    if (!this.#bucket.take(nowMs)) {
      throw new WarrenError(
        "RATE_LIMITED",
        `more than ${this.#options.limits.framesPerSecondMax} frames per second`,
      );
    }
    if (frame.type === FrameType.HELLO || frame.type === FrameType.RESUME) {
      throw new WarrenError(
        "PROTOCOL_VIOLATION",
        "HELLO and RESUME are only accepted as the first frame of a socket",
      );
    }
    if (frame.body.generation !== this.generation) {
      throw new WarrenError(
        "PROTOCOL_VIOLATION",
        `generation is ${frame.body.generation}; accepted: ${this.generation}`,
      );
    }
    if ("eventSeq" in frame.body && frame.body.eventSeq > this.#eventSeq) {
      throw new WarrenError(
        "PROTOCOL_VIOLATION",
        `eventSeq is ${frame.body.eventSeq}; accepted: up to ${this.#eventSeq}`,
      );
    }
    if (this.#resumeKeys.length > 1) this.#resumeKeys.length = 1;
    switch (frame.type) {
      case FrameType.INPUT:
        if (frame.body.inputNumber > INPUT_NUMBER_MAX) {
          throw new WarrenError(
            "PROTOCOL_VIOLATION",
            `inputNumber is ${frame.body.inputNumber}; accepted: up to ${INPUT_NUMBER_MAX}`,
          );
        }
        return this.link.input(this.player, frame.body.inputNumber, frame.body.seenAt, frame.body.payload);
      case FrameType.ACTION:
        return this.link.action(this.player, frame.body.actionSeq, frame.body.actionId, frame.body.payload);
      case FrameType.LEAVE:
        return this.#leave();
      case FrameType.ACK:
        return;
      case FrameType.PING:
        return this.#push({ type: FrameType.PONG, body: { stamp: frame.body.stamp } });
    }
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = this.#outbox = undefined;
    this.link.leave(this.player, this);
    socket?.close(1000, "");
    this.#finish();
  }

  /** The socket closed by itself. */
  lost(socket: Socket): void {
    if (socket !== this.#socket || this.#ended) return;
    this.#socket = this.#outbox = undefined;
    this.link.detach(this.player, this);
  }

  /** Closes the socket with an error. After a final one the session is over; the seat stays until its grace is. */
  fail(error: WarrenError): void {
    this.#disconnect(error.code, error.message);
    if (!closeIsResumable(ERRORS[error.code].close)) this.#finish();
  }

  /** A message of the client is about to be received. */
  messageBegins(nowMs: number): void {
    this.#messagesAlone = nowMs - this.#heardAtMs > BURST_MS_MAX ? this.#messagesAlone + 1 : 0;
    this.#heardAtMs = nowMs;
    this.#answersAtOnce = this.#messagesAlone >= MESSAGES_ALONE_MIN;
  }

  /** All of it was received, or it has ended the socket. */
  messageEnds(): void {
    this.link.settle();
    if (!this.#answersAtOnce) return;
    this.#answersAtOnce = false;
    if (this.#awaitsFlush) this.flush();
  }

  #flushSoon(): void {
    if (this.#awaitsFlush) return;
    this.#awaitsFlush = true;
    if (!this.#answersAtOnce) this.#options.wantsFlush(this);
  }

  /** Sends what waits, or closes a socket whose queue was full; the host calls it once per turn. */
  flush(): void {
    this.#awaitsFlush = false;
    if (this.#outbox) this.#outbox.flush();
    else if (this.#socket) this.#tooSlow(`more than ${QUEUE_BYTES_MAX} bytes of events wait`);
  }

  /** The socket has room again. */
  drained(): void {
    this.#outbox?.flush();
    if (this.#outbox?.stateSkipped) this.link.refresh(this.player);
  }

  /** Closes a socket that is stuck. The host calls it every `DRAIN_LOOK_MS`. */
  lookAtSocket(): void {
    if (this.#outbox?.isStuck()) this.#tooSlow(`nothing was taken off the socket for ${UNDRAINED_MS_MAX} ms`);
  }

  /**
   * Sends a MESSAGE frame, unless one of that id was sent before. False: there is no socket now. It goes out as events
   * do: after the first state.
   */
  message(messageId: string, frame: Uint8Array): boolean {
    if (!this.#outbox) return false;
    this.#messagesKnown ??= new Set();
    if (this.#messagesKnown.has(messageId)) return true;
    this.#messagesKnown.add(messageId);
    const [oldest] = this.#messagesKnown;
    if (this.#messagesKnown.size > MESSAGES_KNOWN_MAX) this.#messagesKnown.delete(oldest as string);
    this.push(frame);
    return true;
  }

  /** Adds an encoded reliable frame that is not of the room. */
  push(frame: Uint8Array): void {
    if (!this.#outbox) return;
    this.#outbox.pushEncoded(frame);
    this.#flushSoon();
  }

  // --- OutboxHandlers ---

  onStateSkipped(): void {
    this.#options.onStateSkipped();
  }

  onOverflow(): void {
    // Not closed at once, but by the next flush: a handler of the room may be running.
    this.#outbox = undefined;
    this.#flushSoon();
  }

  // --- RoomDown ---

  publish(state: StatePublication, inputNumber: number, inputsWaiting: number): void {
    this.#outbox?.publish(state, inputNumber, inputsWaiting);
  }

  event(tick: number, eventId: number, payload: Uint8Array): void {
    this.#eventSeq++;
    if (!this.#outbox) return;
    this.#push({
      type: FrameType.EVENT,
      body: { epoch: this.link.info.epoch, eventSeq: this.#eventSeq, tick, eventId, payload },
    });
  }

  reply(actionSeq: number, errorCode: ErrorCode | undefined, payload: Uint8Array): void {
    this.#lastActionSeq = Math.max(this.#lastActionSeq, actionSeq);
    this.#push({
      type: FrameType.REPLY,
      body: { epoch: this.link.info.epoch, actionSeq, errorCode: errorCode ?? "", payload },
    });
  }

  end(code: ErrorCode, message: string): void {
    if (this.#ended) return;
    const socket = this.#socket;
    const outbox = this.#outbox;
    this.#socket = this.#outbox = undefined;
    outbox?.flush();
    socket?.close(ERRORS[code].close, closeReason(code, message));
    this.#finish();
  }

  #push(frame: DownFrame): void {
    if (!this.#outbox) return;
    this.#outbox.push(frame);
    this.#flushSoon();
  }

  #tooSlow(why: string): void {
    const error = new WarrenError("SLOW_CONSUMER", why);
    this.#disconnect(error.code, error.message);
    this.#options.onSlow(error);
  }

  #disconnect(code: ErrorCode, message: string): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = this.#outbox = undefined;
    this.link.detach(this.player, this);
    socket.close(ERRORS[code].close, closeReason(code, message));
  }

  #finish(): void {
    this.#ended = true;
    this.#options.onEnded(this);
  }
}
