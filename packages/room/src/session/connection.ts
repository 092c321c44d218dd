import { ERRORS, WarrenError } from "@warren/protocol";
import {
  CLIENT_FRAMES_PER_MESSAGE_MAX,
  CLIENT_MESSAGE_BYTES_MAX,
  decodeUpMessage,
  FrameType,
  HELLO_TIMEOUT_MS,
  type Hello,
  type ReceivedFrame,
} from "@warren/protocol/session";
import { closeReason } from "./close-reason.ts";
import type { Socket } from "./outbox.ts";
import type { Session } from "./session.ts";
import type { Admission, SessionHost } from "./session-host.ts";

/** A HELLO for a room on another node is answered in this time, or closed with UNAVAILABLE. */
export const ADMISSION_MS_MAX = 3_000;

const nothing = () => {};

/**
 * One WebSocket.
 *
 *   waiting ──HELLO──▶ admitting ──the room's node says yes──▶ bound to a session ──closed──▶ over
 *      │ └──────RESUME, or HELLO for a room of this node──────▲
 *      └──5 s, or anything else; admitting: 3 s, or any frame──▶ over
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: SessionHost;
  #cancelTimeout: () => void;
  #session: Session | undefined;
  /** HELLO came, and another node is asked. */
  #admitting = false;
  #over = false;

  constructor(socket: Socket, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#cancelTimeout = host.options.clock.after(HELLO_TIMEOUT_MS, () => {
      this.#refuse(new WarrenError("HELLO_TIMEOUT"));
    });
  }

  /** A whole message. `bytes` may be reused when this returns. */
  message(bytes: Uint8Array, isBinary: boolean): void {
    if (!this.#isHeard()) return;
    const nowMs = this.#host.options.clock.monotonicMs();
    this.#session?.messageBegins(nowMs);
    try {
      if (!isBinary) throw new WarrenError("PROTOCOL_VIOLATION", "message is text; accepted: binary frames");
      if (bytes.length > CLIENT_MESSAGE_BYTES_MAX) {
        throw new WarrenError(
          "FRAME_TOO_LARGE",
          `message is ${bytes.length} bytes; accepted: up to ${CLIENT_MESSAGE_BYTES_MAX}`,
        );
      }
      for (const frame of decodeUpMessage(bytes, CLIENT_FRAMES_PER_MESSAGE_MAX)) {
        this.#receive(frame, nowMs);
        if (!this.#isHeard()) break;
      }
    } catch (error) {
      this.#refuse(WarrenError.from(error));
    } finally {
      this.#session?.messageEnds();
    }
  }

  /** False when the socket is closed, or replaced by a newer one and its transport has not told yet. */
  #isHeard(): boolean {
    return !this.#over && this.#session?.isOn(this.#socket) !== false;
  }

  #receive(frame: ReceivedFrame, nowMs: number): void {
    if (this.#session) return this.#session.receive(frame, nowMs);
    if (this.#admitting) throw new WarrenError("PROTOCOL_VIOLATION", "a frame came before WELCOME");
    this.#stopWaiting();
    if (frame.type === FrameType.HELLO) this.#hello(frame.body);
    else if (frame.type === FrameType.RESUME) this.#session = this.#host.resume(frame.body, this.#socket);
    else throw new WarrenError("PROTOCOL_VIOLATION", "the first frame is neither HELLO nor RESUME");
  }

  #hello(body: Hello): void {
    const open = (admission: Admission) => {
      this.#session = this.#host.open(body, admission, this.#socket);
    };
    const admission = this.#host.admit(body);
    // Mostly the room is here, and the session is there when this returns.
    if (!(admission instanceof Promise)) return open(admission);
    this.#admitting = true;
    this.#cancelTimeout = this.#host.options.clock.after(ADMISSION_MS_MAX, () => {
      this.#refuse(new WarrenError("UNAVAILABLE", "The node that runs the room does not answer."));
    });
    admission
      .then((admitted) => {
        this.#admitting = false;
        this.#stopWaiting();
        open(admitted);
        // The client went away meanwhile: its seat is kept as if it had been there.
        if (this.#over) this.#session?.lost(this.#socket);
      })
      .catch((error: unknown) => this.#refuse(WarrenError.from(error)));
  }

  #refuse(error: WarrenError): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#host.options.onRefused?.(error);
    if (this.#session) this.#session.fail(error);
    else this.#socket.close(ERRORS[error.code].close, closeReason(error.code, error.message));
  }

  /** The socket has room again. */
  drained(): void {
    this.#session?.drained();
  }

  /** The socket is closed, by whomever. */
  closed(): void {
    this.#over = true;
    this.#stopWaiting();
    this.#session?.lost(this.#socket);
  }

  /** And lets go of the timer: it weighs as much as the connection. */
  #stopWaiting(): void {
    this.#cancelTimeout();
    this.#cancelTimeout = nothing;
  }
}
