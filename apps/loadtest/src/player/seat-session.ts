import type { Prng } from "@warren/kernel";
import {
  encodeUpFrame,
  errorCodeOfClose,
  FrameType,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  type UpFrame,
  type Welcome,
} from "@warren/protocol/session";
import type { Timer } from "../run/timer-wheel.ts";
import type { Assignment, PlayOptions, RepeatedAction, Seat } from "../scenario.ts";
import { type FrameHandlers, readHeads } from "./down-frames.ts";
import type { RoomWire } from "./room-wire.ts";
import { OWN_CODES, StepError, toStepError } from "./step-error.ts";
import { WebSocketClient, type WebSocketHandlers } from "./web-socket.ts";
import type { World } from "./world.ts";

/** The close after LEAVE. */
const LEFT = 1000;
const PING_MS = 1_000;
/** A session of which nothing is heard for so long is given up. */
const PONG_TIMEOUT_MS = 10_000;
/** Stamps of PINGs are whole numbers. */
const STAMPS_PER_MS = 1_000;
/** An input is kept for so many before another one is made up. */
const SAME_INPUTS = 10;

/** What a session is resumed with. */
export interface Dropped {
  readonly url: string;
  readonly queue?: string;
  readonly resume: {
    readonly sessionId: string;
    readonly resumeKey: string;
    readonly epoch: number;
    readonly eventSeq: number;
  };
  readonly inputNumber: number;
}

export interface SessionHandlers {
  /** The first state is there. */
  onJoined(): void;
  /** Once. Undefined: it was left, or the room came to its end. */
  onEnded(error: StepError | undefined): void;
}

/**
 * One player's session in a room: says what a client would say, reads the heads of what comes, and decodes no state.
 * Times count from when something was to be sent.
 */
export class SeatSession implements Seat, WebSocketHandlers, FrameHandlers {
  roomId = "";
  roomName = "";
  playerId = "";
  tickHz = 0;
  resumeGraceMs = 0;
  tick = 0;
  /** From the first state until it ends. */
  isIn = false;
  readonly #world: World;
  readonly #from: Assignment | Dropped;
  readonly #random: Prng;
  readonly #handlers: SessionHandlers;
  readonly #socket: WebSocketClient;
  #wire: RoomWire | undefined;
  #sessionId = "";
  #resumeKey = "";
  #epoch = 0;
  #generation = 0;
  #inputNumber = 0;
  #actionSeq = 0;
  #eventSeq = 0;
  #ackedSeq = 0;
  #bytesCounted = 0;
  #isPlaying = false;
  #lastStateMs = 0;
  #pings: Timer | undefined;
  /** When the oldest PING without a PONG was to be sent. */
  #awaitedMs = 0;
  /** When the next one is to be sent. */
  #nextPingMs = 0;
  #why: StepError | undefined;

  constructor(world: World, from: Assignment | Dropped, random: Prng, handlers: SessionHandlers) {
    this.#world = world;
    this.#from = from;
    if ("resume" in from) {
      this.#inputNumber = from.inputNumber;
      this.#eventSeq = from.resume.eventSeq;
    }
    this.#random = random;
    this.#handlers = handlers;
    this.#socket = new WebSocketClient(socketUrl(from.url, world.url), SUBPROTOCOL, this);
  }

  get actions(): readonly string[] {
    return this.#wire?.actions ?? [];
  }

  /** Plays until it is stopped; answers with what stops it. */
  play({ inputHz = this.tickHz, input, actions = {} }: PlayOptions): () => void {
    const { wheel } = this.#world;
    const nowMs = performance.now();
    const timers = Object.entries(actions as Readonly<Record<string, RepeatedAction>>).flatMap(
      ([action, { perSecond, args }]) => {
        if (perSecond <= 0) return [];
        const everyMs = 1_000 / perSecond;
        return wheel.every(nowMs + everyMs * this.#random.float(), everyMs, () =>
          this.#act(action, args?.(this.#random)),
        );
      },
    );
    if (inputHz > 0) {
      const periodMs = 1_000 / inputHz;
      timers.push(
        wheel.every(nowMs + periodMs * this.#random.float(), periodMs, (intendedMs) => {
          this.#inputNumber++;
          // What could not be sent in time is not sent in a heap: no client would.
          if (performance.now() - intendedMs < periodMs) this.#sendInput(input);
        }),
      );
    }
    this.#isPlaying = true;
    this.#lastStateMs = 0;
    return () => {
      this.#isPlaying = false;
      for (const timer of timers) timer.stop();
    };
  }

  /** The server closes then. */
  leave(): void {
    this.#send({ type: FrameType.LEAVE, body: { generation: this.#generation } });
  }

  /** Without LEAVE. Answers with what it is resumed with; undefined: it was not joined, or has ended. */
  drop(): Dropped | undefined {
    const { url, queue } = this.#from;
    const resume = {
      sessionId: this.#sessionId,
      resumeKey: this.#resumeKey,
      epoch: this.#epoch,
      eventSeq: this.#eventSeq,
    };
    const dropped = this.isIn
      ? { url, ...(queue === undefined ? {} : { queue }), resume, inputNumber: this.#inputNumber }
      : undefined;
    this.#why ??= new StepError(OWN_CODES.CONNECTION, "dropped");
    this.#why.isCounted = true;
    this.#socket.destroy();
    return dropped;
  }

  onOpen(): void {
    const from = this.#from;
    const { wires } = this.#world;
    if ("resume" in from)
      this.#send({ type: FrameType.RESUME, body: { protocolVersion: PROTOCOL_VERSION, ...from.resume } });
    else
      this.#send({
        type: FrameType.HELLO,
        body: {
          protocolVersion: PROTOCOL_VERSION,
          seatToken: from.seatToken,
          wireFingerprint: wires.expected(from.queue),
        },
      });
  }

  onMessage(message: Buffer): void {
    const { counts } = this.#world.measures;
    counts.bytes += this.#socket.bytesIn - this.#bytesCounted;
    this.#bytesCounted = this.#socket.bytesIn;
    try {
      readHeads(message, this);
    } catch (error) {
      this.#fail(error instanceof StepError ? error : new StepError(OWN_CODES.PROTOCOL, String(error)));
    }
  }

  onWelcome(welcome: Welcome): void {
    this.#generation = welcome.generation;
    this.#sessionId = welcome.sessionId;
    this.#resumeKey = welcome.resumeKey;
    this.#epoch = welcome.epoch;
    this.resumeGraceMs = welcome.resumeGraceMs;
    this.#actionSeq = welcome.actionSeq;
    this.roomId = welcome.roomId;
    this.roomName = welcome.roomName;
    this.playerId = welcome.playerId;
    this.tickHz = welcome.tickHz;
    this.#wire = this.#world.wires.of(welcome, this.#from.queue);
  }

  onState(tick: number, inputNumber: number): void {
    const { measures, wheel } = this.#world;
    const nowMs = performance.now();
    this.tick = tick;
    // P5: the room went on without us.
    if (inputNumber > this.#inputNumber) this.#inputNumber = inputNumber;
    measures.counts.states++;
    if (!this.isIn) {
      this.isIn = true;
      measures.playing(1);
      this.#nextPingMs = nowMs + PING_MS * this.#random.float();
      this.#awaitedMs = this.#nextPingMs;
      this.#pings = wheel.every(this.#nextPingMs, PING_MS, (intendedMs) => this.#ping(intendedMs));
      this.#handlers.onJoined();
    }
    if (!this.#isPlaying || this.tickHz === 0) return;
    if (this.#lastStateMs > 0) measures.timings.tickGapMs.record(nowMs - this.#lastStateMs);
    this.#lastStateMs = nowMs;
  }

  onEvent(eventSeq: number): void {
    this.#eventSeq = eventSeq;
  }

  onReply(_actionSeq: number, errorCode: string): void {
    // Arguments that were made up may be against the rules: a "no" of the room is an answer.
    if (errorCode !== "" && errorCode !== "ACTION_REFUSED") this.#world.measures.error(errorCode);
  }

  onPong(stamp: number): void {
    this.#awaitedMs += PING_MS;
    this.#world.measures.timings.rttMs.record(performance.now() - stamp / STAMPS_PER_MS);
  }

  onClose(code: number, reason: string): void {
    this.#pings?.stop();
    if (this.isIn) {
      this.isIn = false;
      this.#world.measures.playing(-1);
      this.#countUnanswered();
    }
    this.#handlers.onEnded(this.#why ?? this.#errorOfClose(code, reason));
  }

  #errorOfClose(code: number, reason: string): StepError | undefined {
    if (code === LEFT) return undefined;
    const name = errorCodeOfClose(code);
    // Matches end.
    if (name === "ROOM_ENDED") return undefined;
    return new StepError(name ?? OWN_CODES.CONNECTION, `the socket was closed: ${code} ${reason}`);
  }

  /** Whoever has not been answered has waited all the same: at least until now. */
  #countUnanswered(): void {
    const nowMs = performance.now();
    for (let atMs = this.#awaitedMs; atMs < this.#nextPingMs && nowMs - atMs > PING_MS; atMs += PING_MS)
      this.#world.measures.timings.rttMs.record(nowMs - atMs);
  }

  #ping(intendedMs: number): void {
    this.#nextPingMs = intendedMs + PING_MS;
    if (performance.now() - this.#awaitedMs > PONG_TIMEOUT_MS)
      return this.#fail(new StepError(OWN_CODES.TIMEOUT, "PING was not answered"));
    if (this.#eventSeq > this.#ackedSeq) {
      this.#ackedSeq = this.#eventSeq;
      this.#send({ type: FrameType.ACK, body: { generation: this.#generation, eventSeq: this.#eventSeq } });
    }
    this.#send({
      type: FrameType.PING,
      body: { generation: this.#generation, stamp: Math.round(intendedMs * STAMPS_PER_MS) },
    });
  }

  #sendInput(input: PlayOptions["input"]): void {
    const wire = this.#wire as RoomWire;
    const inputs = wire.inputs;
    // Each player begins elsewhere in the list and keeps each a while.
    const at = Math.floor(this.#inputNumber / SAME_INPUTS) + this.#generation + this.#random.state[1]!;
    let payload: Uint8Array;
    try {
      payload = input ? wire.input(input(this.#random, this.#inputNumber)) : inputs[at % inputs.length]!;
    } catch (error) {
      return this.#fail(toStepError(error));
    }
    this.#ackedSeq = this.#eventSeq;
    this.#send({
      type: FrameType.INPUT,
      body: {
        generation: this.#generation,
        inputNumber: this.#inputNumber,
        eventSeq: this.#eventSeq,
        seenAt: 0,
        payload,
      },
    });
  }

  #act(action: string, args: unknown): void {
    try {
      const found = (this.#wire as RoomWire).args(action, args, this.#random);
      this.#ackedSeq = this.#eventSeq;
      this.#send({
        type: FrameType.ACTION,
        body: {
          generation: this.#generation,
          actionSeq: ++this.#actionSeq,
          eventSeq: this.#eventSeq,
          ...found,
        },
      });
    } catch (error) {
      this.#fail(toStepError(error));
    }
  }

  #send(frame: UpFrame): void {
    this.#socket.send(encodeUpFrame(frame));
  }

  #fail(error: StepError): void {
    this.#why ??= error;
    this.#socket.destroy();
  }
}

/** R5: `:<port>` is that port of the host REST is on. */
function socketUrl(url: string, rest: URL): URL {
  if (!url.startsWith(":")) return new URL(url);
  const found = new URL(rest.origin);
  const isTls = found.protocol === "https:";
  return new URL(`${isTls ? "wss" : "ws"}://${found.hostname}${url}/`);
}
