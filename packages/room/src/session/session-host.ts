import {
  base32,
  type Clock,
  type PlayerId,
  parseSessionId,
  randomBytes,
  type SessionId,
} from "@warren/kernel";
import { type Message, WarrenError } from "@warren/protocol";
import { encodeFrame, FrameType, type Hello, PROTOCOL_VERSION, type Resume } from "@warren/protocol/session";
import type { RoomLink } from "../room/room-link.ts";
import { Connection } from "./connection.ts";
import { DRAIN_LOOK_MS, type Socket } from "./outbox.ts";
import { Session, type SessionHandlers, type SessionLimits } from "./session.ts";
import { SessionsByPlayer } from "./sessions-by-player.ts";

/** Sessions that are told a message for everyone in one turn of the event loop. */
export const BROADCAST_SLICE = 250;

export interface SessionHostOptions {
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /**
   * Whom a seat token lets in, and where. A promise when the room is on another node. Throws, or rejects with,
   * SEAT_TOKEN_INVALID, _EXPIRED, _USED, ROOM_NOT_FOUND, ROOM_MOVED or UNAVAILABLE.
   */
  admit(seatToken: string): Admission | Promise<Admission>;
  newResumeKey(): string;
  /** Calls `fn` at the end of this turn of the event loop. */
  atEndOfTurn(fn: () => void): void;
  /** A socket was closed for an error, by code; for metrics and logs. */
  onRefused?(error: WarrenError): void;
  /** A state was not written because its socket is behind. */
  onStateSkipped?(): void;
  /** A player has a first session here, or none any more. */
  onPresence?(player: PlayerId, isHere: boolean): void;
}

/** Who may have a session, and the way to the room. */
export interface Admission {
  readonly player: PlayerId;
  readonly link: RoomLink;
  /** The session watches and does not play. */
  readonly spectator: boolean;
}

/** All sessions of one node, and the sockets that have none yet. */
export class SessionHost {
  readonly options: SessionHostOptions;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byPlayer = new SessionsByPlayer();
  /** Sessions that have something to send. */
  #waiting: Session[] = [];
  readonly #handlers: SessionHandlers;
  #cancelLook = () => {};

  constructor(options: SessionHostOptions) {
    this.options = options;
    this.#handlers = {
      limits: options.limits,
      newResumeKey: options.newResumeKey,
      wantsFlush: (session) => this.#flushSoon(session),
      onStateSkipped: () => options.onStateSkipped?.(),
      onSlow: (error) => options.onRefused?.(error),
      onEnded: (session) => this.#forget(session),
    };
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Bytes that wait for all clients together. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const session of this.#sessions.values()) bytes += session.waitingBytes;
    return bytes;
  }

  /** A WebSocket was opened. */
  accept(socket: Socket): Connection {
    return new Connection(socket, this);
  }

  /** Who comes with a HELLO. Throws, or rejects with, WarrenError. */
  admit(body: Hello): Admission | Promise<Admission> {
    checkVersion(body.protocolVersion);
    return this.options.admit(body.seatToken);
  }

  open(body: Hello, { player, link, spectator }: Admission, socket: Socket): Session {
    const id = parseSessionId(`s_${base32(randomBytes(10))}`);
    const session = new Session({ id, player, link, spectator }, this.#handlers);
    // Whether it can go on with another one than it knows, only the client can tell.
    session.open(socket, body.wireFingerprint === link.info.wireFingerprint);
    if (session.ended) return session;
    if (this.#sessions.size === 0) this.#lookLater();
    this.#sessions.set(session.id, session);
    if (this.#byPlayer.add(session)) this.options.onPresence?.(player, true);
    return session;
  }

  #forget(session: Session): void {
    if (!this.#sessions.delete(session.id)) return;
    if (this.#sessions.size === 0) this.#cancelLook();
    if (this.#byPlayer.delete(session)) this.options.onPresence?.(session.player, false);
  }

  /** Gives a message to every session of a player. Answers whether one with a socket has it now, or had it before. */
  message(player: PlayerId, message: Message): boolean {
    let isHere = false;
    let frame: Uint8Array | undefined;
    for (const session of this.#byPlayer.of(player)) {
      frame ??= encodeFrame({ type: FrameType.MESSAGE, body: message });
      if (session.message(message.messageId, frame)) isHere = true;
    }
    return isHere;
  }

  /** Gives a message to every session, some a turn. Who comes meanwhile may have it too. */
  broadcast(message: Message): void {
    const frame = encodeFrame({ type: FrameType.MESSAGE, body: message });
    const sessions = this.#sessions.values();
    const tellSome = () => {
      for (let told = 0; told < BROADCAST_SLICE; told++) {
        const { value: session } = sessions.next();
        if (!session) return;
        session.push(frame);
      }
      this.options.atEndOfTurn(tellSome);
    };
    tellSome();
  }

  /**
   * The one place that looks for stuck sockets: what was taken off a socket since the last look shows at the next, so
   * nothing has to be read or timed when states are written.
   */
  #lookLater(): void {
    this.#cancelLook = this.options.clock.after(DRAIN_LOOK_MS, () => {
      this.#lookLater();
      for (const session of this.#sessions.values()) session.lookAtSocket();
    });
  }

  resume(body: Resume, socket: Socket): Session {
    checkVersion(body.protocolVersion);
    const session = this.#sessions.get(body.sessionId as SessionId);
    if (!session?.provenBy(body.resumeKey)) throw new WarrenError("SESSION_NOT_FOUND");
    if (body.epoch > session.link.info.epoch) {
      throw new WarrenError(
        "SESSION_NOT_FOUND",
        `The client has seen epoch ${body.epoch}; this copy of the room is older.`,
      );
    }
    session.resume(socket, body.eventSeq);
    return session;
  }

  #flushSoon(session: Session): void {
    if (this.#waiting.length === 0) this.options.atEndOfTurn(this.#flushAll);
    this.#waiting.push(session);
  }

  readonly #flushAll = (): void => {
    const sessions = this.#waiting;
    this.#waiting = [];
    for (const session of sessions) session.flush();
  };
}

function checkVersion(version: number): void {
  if (version === PROTOCOL_VERSION) return;
  throw new WarrenError(
    "PROTOCOL_VERSION_UNSUPPORTED",
    `The client speaks version ${version}, this server ${PROTOCOL_VERSION}.`,
  );
}
