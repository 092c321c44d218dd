import { ByteWriter } from "@warren/kernel";
import {
  CLIENT_FRAMES_PER_MESSAGE_MAX,
  CLIENT_MESSAGE_BYTES_MAX,
  closeIsResumable,
  decodeDownMessage,
  ERRORS,
  encodeUpFrame,
  errorCodeOfClose,
  type Frame,
  FrameType,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  type UpFrame,
  WarrenError,
  type Welcome,
} from "@warren/protocol/session";
import { pause } from "./rest-client.ts";
import type { OpenWebSocket, WebSocketLike } from "./web-socket.ts";

const FRAMES_PER_MESSAGE_MAX = 65_536;
const CONNECT_TIMEOUT_MS = 8_000;
const RESUME_PAUSE_MS = 100;
const RESUME_PAUSE_MS_MAX = 3_000;
const RESEAT_EVERY_ATTEMPTS = 4;

export interface RoomSocketHandlers {
  onFrame(frame: Frame): void;
  /** Online again after `onOffline`. */
  onOnline(): void;
  /** The socket is lost; a new one is on its way. */
  onOffline(): void;
  /** It is over; `error` undefined: the player left. */
  onEnded(error: WarrenError | undefined): void;
  /** What RESUME has to say: the highest epoch and eventSeq applied. */
  position(): { epoch: number; eventSeq: number };
  /** A fresh seat token, for when the session is gone and the seat is not. */
  reseat(): Promise<Address>;
}

/** Where to connect, and what to say there. */
export interface Address {
  readonly url: string;
  readonly seatToken: string;
}

/**
 * The sockets of one seat: the first with HELLO, every later one with RESUME, or with HELLO anew when the server does
 * not know the session any more.
 *
 *   connecting ──WELCOME──▶ online ──lost──▶ offline ──RESUME, WELCOME──▶ online
 *        └─────────────final close, leave, or grace over─────────▶ ended
 */
export class RoomSocket {
  #url: string;
  readonly #handlers: RoomSocketHandlers;
  readonly #openWebSocket: OpenWebSocket;
  #socket: WebSocketLike | undefined;
  /** Frames that wait for their microtask. They share messages: one costs the server more than the action in it. */
  readonly #unsent = new ByteWriter();
  #unsentFrames = 0;
  /** The last; there when `open` has resolved, and nothing is sent or asked before. */
  #welcome!: Welcome;
  #ended = false;
  /** The player left while offline: the next connection is for saying so. */
  #isOwingLeave = false;
  /** Payload of all messages, of all sockets of the seat. */
  bytesIn = 0;
  bytesOut = 0;

  constructor(url: string, handlers: RoomSocketHandlers, openWebSocket: OpenWebSocket) {
    this.#url = url;
    this.#handlers = handlers;
    this.#openWebSocket = openWebSocket;
  }

  get generation(): number {
    return this.#welcome.generation;
  }

  /** Opens the session. Rejects with the close code's WarrenError. */
  async open(seatToken: string, wireFingerprint: string): Promise<void> {
    await this.#connect({
      type: FrameType.HELLO,
      body: { protocolVersion: PROTOCOL_VERSION, seatToken, wireFingerprint },
    });
  }

  /** Sends a frame in a microtask, with those that are sent until then; nothing while offline. */
  send(frame: UpFrame): void {
    if (this.#socket) this.#write(this.#socket, frame);
  }

  #write(socket: WebSocketLike, frame: UpFrame): void {
    const bytes = encodeUpFrame(frame);
    if (
      this.#unsentFrames === CLIENT_FRAMES_PER_MESSAGE_MAX ||
      this.#unsent.length + bytes.length > CLIENT_MESSAGE_BYTES_MAX
    )
      this.#flush(socket);
    if (this.#unsentFrames++ === 0) queueMicrotask(() => this.#flush(socket));
    this.#unsent.raw(bytes);
  }

  /** A socket that is lost meanwhile takes no notice: what needs an answer is sent again on the next one. */
  #flush(socket: WebSocketLike): void {
    if (this.#unsentFrames === 0) return;
    const message = this.#unsent.finish();
    this.#unsent.reset();
    this.#unsentFrames = 0;
    this.bytesOut += message.length;
    socket.send(message);
  }

  /** Ends the session from this side. While offline the server is told with the next connection, if one comes within the grace. */
  leave(): void {
    if (this.#ended) return;
    this.#sayLeave();
    this.#end(undefined);
  }

  /** Now: another message may come in this turn, and end the socket. The server closes then. */
  #sayLeave(): void {
    this.#isOwingLeave = !this.#socket;
    this.send({ type: FrameType.LEAVE, body: { generation: this.generation } });
    if (this.#socket) this.#flush(this.#socket);
  }

  /** Ended, and nothing is left to be said. */
  get #isDone(): boolean {
    return this.#ended && !this.#isOwingLeave;
  }

  /** Resolves at WELCOME. */
  async #connect(first: UpFrame): Promise<void> {
    const socket = await this.#openWebSocket(this.#url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new WarrenError("UNAVAILABLE", "the room's server did not answer in time"));
        socket.close();
      }, CONNECT_TIMEOUT_MS);
      socket.onopen = () => this.#write(socket, first);
      socket.onmessage = ({ data }) => {
        if (this.#isDone) return socket.close();
        const message = new Uint8Array(data as ArrayBuffer);
        this.bytesIn += message.length;
        try {
          for (const frame of decodeDownMessage(message, FRAMES_PER_MESSAGE_MAX)) {
            if (frame.type === FrameType.WELCOME) {
              clearTimeout(timer);
              this.#socket = socket;
              this.#welcome = frame.body;
              if (this.#isOwingLeave) {
                this.#sayLeave();
                return resolve();
              }
              this.#handlers.onFrame(frame);
              resolve();
            } else {
              this.#handlers.onFrame(frame);
            }
          }
        } catch (error) {
          this.#end(WarrenError.from(error));
          socket.close();
          reject(WarrenError.from(error));
        }
      };
      socket.onclose = ({ code, reason }) => {
        clearTimeout(timer);
        const error = errorOfClose(code, reason);
        if (socket === this.#socket) this.#lost(code, error);
        else reject(error);
      };
      socket.onerror = () => {};
    });
  }

  #lost(code: number, error: WarrenError): void {
    this.#socket = undefined;
    if (this.#ended) return;
    if (!closeIsResumable(code)) return this.#end(code === 1000 ? undefined : error);
    this.#handlers.onOffline();
    void this.#resume();
  }

  /** Tries until the seat's grace is over. */
  async #resume(): Promise<void> {
    const welcome = this.#welcome;
    const untilMs = performance.now() + welcome.resumeGraceMs;
    let sessionIsGone = false;
    for (let attempt = 0; !this.#isDone; attempt++) {
      const backoffMs = Math.min(RESUME_PAUSE_MS * 2 ** attempt, RESUME_PAUSE_MS_MAX);
      await pause(backoffMs * (0.5 + Math.random() / 2));
      if (this.#isDone) return;
      try {
        // Now and then REST is asked where the room is, or whether it is at all.
        // But not to leave: the seat may have a newer session by now, of the same player.
        const isLookingAgain = attempt % RESEAT_EVERY_ATTEMPTS === RESEAT_EVERY_ATTEMPTS - 1;
        if (!this.#ended && (sessionIsGone || isLookingAgain)) await this.#reseat();
        else await this.#connect({ type: FrameType.RESUME, body: this.#resumeBody() });
        if (!this.#ended) this.#handlers.onOnline();
        return;
      } catch (error) {
        const ours = WarrenError.from(error);
        sessionIsGone ||= ours.code === "SESSION_NOT_FOUND";
        if (this.#ended && sessionIsGone) return;
        if (isFinal(ours) || performance.now() > untilMs) return this.#end(ours);
      }
    }
  }

  #resumeBody() {
    const { sessionId, resumeKey } = this.#welcome;
    return { protocolVersion: PROTOCOL_VERSION, sessionId, resumeKey, ...this.#handlers.position() };
  }

  /** A new session in the same seat. */
  async #reseat(): Promise<void> {
    const { url, seatToken } = await this.#handlers.reseat();
    this.#url = url;
    await this.open(seatToken, this.#welcome.wireFingerprint);
  }

  #end(error: WarrenError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.onEnded(error);
  }
}

/** Whether trying on cannot help: all but what says later, resume, or ask for a fresh seat. */
function isFinal(error: WarrenError): boolean {
  return ERRORS[error.code].retry === "never";
}

/** The reason is `CODE: message`; the number alone decides what it means. */
function errorOfClose(close: number, reason: string): WarrenError {
  const code = errorCodeOfClose(close);
  if (!code) return new WarrenError("UNAVAILABLE", `the connection was lost (${close})`);
  return new WarrenError(code, reason.slice(code.length + 2) || undefined);
}
