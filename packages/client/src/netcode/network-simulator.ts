import { type Clock, systemClock } from "@warren/kernel";
import { type OpenWebSocket, openWebSocket, type WebSocketLike } from "../web-socket.ts";

/** What a worse network is like. */
export interface Lag {
  /** The way there and back takes so much longer, half of it each way; ms. */
  readonly roundTripMs: number;
  /** Up to so much on top, each way and for each message; ms. @default 0 */
  readonly jitterMs?: number;
  /** Nothing passes for `stallMs` once in `stallEveryMs`. @default never */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
  /** 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}

/**
 * Worse network on purpose, to see what far players see: `new Warren(url, { webSocket: withLag({ roundTripMs: 150 }) })`.
 * Order is kept, as on any WebSocket; REST is as fast as ever.
 */
export function withLag(
  lag: Lag,
  open: OpenWebSocket = openWebSocket,
  clock: Clock = systemClock,
): OpenWebSocket {
  return async (url, protocol) => new LaggedSocket(await open(url, protocol), lag, clock);
}

class LaggedSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly #socket: WebSocketLike;
  readonly #up: LaggedWay;
  #isClosed = false;

  constructor(socket: WebSocketLike, lag: Lag, clock: Clock) {
    this.#socket = socket;
    this.#up = new LaggedWay(lag, clock);
    const down = new LaggedWay(lag, clock);
    socket.onopen = (event) => down.pass(() => this.onopen?.(event));
    socket.onmessage = (event) => down.pass(() => this.onmessage?.(event));
    socket.onclose = (event) => {
      this.#isClosed = true;
      down.pass(() => this.onclose?.(event));
    };
    socket.onerror = (event) => down.pass(() => this.onerror?.(event));
  }

  get binaryType(): string {
    return this.#socket.binaryType;
  }
  set binaryType(type: string) {
    this.#socket.binaryType = type;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    const copy = data.slice();
    this.#up.pass(() => {
      if (!this.#isClosed) this.#socket.send(copy);
    });
  }

  close(code?: number, reason?: string): void {
    this.#up.pass(() => this.#socket.close(code, reason));
  }
}

/** One direction: what goes in comes out later, in order. For simulations that have no socket. */
export class LaggedWay {
  readonly #lag: Lag;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #onTheWay: { readonly atMs: number; readonly arrive: () => void }[] = [];

  constructor(lag: Lag, clock: Clock) {
    this.#lag = lag;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  pass(arrive: () => void): void {
    const { roundTripMs, jitterMs = 0, random = Math.random } = this.#lag;
    const atMs = this.#afterStall(this.#clock.monotonicMs() + roundTripMs / 2 + random() * jitterMs);
    // What is fast waits behind what is slow.
    this.#onTheWay.push({ atMs, arrive });
    if (this.#onTheWay.length === 1) this.#wait();
  }

  #wait(): void {
    const [next] = this.#onTheWay;
    if (!next) return;
    this.#clock.after(Math.max(0, next.atMs - this.#clock.monotonicMs()), () => {
      while (this.#onTheWay[0] && this.#onTheWay[0].atMs <= this.#clock.monotonicMs())
        (this.#onTheWay.shift() as typeof next).arrive();
      this.#wait();
    });
  }

  #afterStall(atMs: number): number {
    const { stallEveryMs = 0, stallMs = 0 } = this.#lag;
    const sinceMs = (atMs - this.#startMs) % stallEveryMs;
    return atMs - this.#startMs >= stallEveryMs && sinceMs < stallMs ? atMs + stallMs - sinceMs : atMs;
  }
}
