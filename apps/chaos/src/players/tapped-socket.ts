import type { OpenWebSocket, WebSocketLike } from "@warren/client";
import { decodeMessage, type Frame } from "@warren/protocol/session";
import { WebSocket } from "ws";

const FRAMES_PER_MESSAGE_MAX = 65_536;

export interface Tap {
  /** Frames of one message, before the SDK gets them. */
  onFrames(frames: readonly Frame[]): void;
  onClose(code: number, reason: string): void;
}

/** Opens WebSockets whose frames are seen on their way to the SDK. `route`: where to connect instead. */
export function tapped(tap: Tap, route: (url: string) => string): OpenWebSocket {
  return async (url, protocol) => {
    const socket = new WebSocket(route(url), protocol) as unknown as WebSocketLike;
    return new TappedSocket(socket, tap);
  };
}

class TappedSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly #socket: WebSocketLike;

  constructor(socket: WebSocketLike, tap: Tap) {
    this.#socket = socket;
    socket.onopen = (event) => this.onopen?.(event);
    socket.onmessage = (event) => {
      tap.onFrames(decodeMessage(new Uint8Array(event.data as ArrayBuffer), FRAMES_PER_MESSAGE_MAX));
      this.onmessage?.(event);
    };
    socket.onclose = (event) => {
      tap.onClose(event.code, event.reason);
      this.onclose?.(event);
    };
    socket.onerror = (event) => this.onerror?.(event);
  }

  get binaryType(): string {
    return this.#socket.binaryType;
  }
  set binaryType(type: string) {
    this.#socket.binaryType = type;
  }
  send(data: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }
  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}
