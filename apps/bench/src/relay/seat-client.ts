import {
  type DownFrame,
  decodeMessage,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
} from "@warren/protocol/session";
import { WebSocket } from "ws";
import { nowMs } from "./now-ms.ts";

const FRAMES_MAX = 1_000;
/** An input of the hall: dx, dy. */
const INPUT = new Uint8Array([1, 1]);

/** What the sockets of one half of a round measured, ms. */
export interface Measured {
  /** From an action to its reply. */
  readonly roundTripsMs: number[];
  /** From a room's tick to its state at a client. */
  readonly statesMs: number[];
}

/** A player or spectator as a socket: says HELLO, reads what comes, and decodes no more of it than when its tick was. */
export class SeatClient {
  /** Where measurements go; undefined: nobody asks. */
  measured: Measured | undefined;
  /** When the room ticked, of every state that came, ms. */
  ticksMs: number[] | undefined;
  states = 0;
  readonly #socket: WebSocket;
  #generation = 0;
  #inputNumber = 0;
  #actionSeq = 0;
  #actedAtMs = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Resolves with the first state. */
  static open(url: string, seatToken: string): Promise<SeatClient> {
    const socket = new WebSocket(url, SUBPROTOCOL);
    const client = new SeatClient(socket);
    return new Promise((resolve, reject) => {
      socket.on("open", () =>
        socket.send(
          encodeFrame({
            type: FrameType.HELLO,
            body: { protocolVersion: PROTOCOL_VERSION, seatToken, wireFingerprint: "" },
          }),
        ),
      );
      socket.on("message", (message: Buffer) => {
        for (const frame of decodeMessage(message, FRAMES_MAX) as DownFrame[]) client.#receive(frame);
        if (client.states > 0) resolve(client);
      });
      socket.on("error", reject);
      socket.on("close", (code, reason) => reject(new Error(`the socket was closed: ${code} ${reason}`)));
    });
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** What a player holds down. */
  input(): void {
    this.#send({
      type: FrameType.INPUT,
      body: {
        generation: this.#generation,
        inputNumber: ++this.#inputNumber,
        eventSeq: 0,
        seenAt: 0,
        payload: INPUT,
      },
    });
  }

  /** One at a time: nothing while the last one is under way. */
  act(): void {
    if (this.#actedAtMs > 0) return;
    this.#actedAtMs = nowMs();
    this.#send({
      type: FrameType.ACTION,
      body: {
        generation: this.#generation,
        actionSeq: ++this.#actionSeq,
        eventSeq: 0,
        actionId: 0,
        payload: new Uint8Array(),
      },
    });
  }

  /** The seat is kept. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.removeAllListeners("close");
      this.#socket.on("close", () => resolve());
      this.#socket.close();
    });
  }

  #send(frame: Parameters<typeof encodeFrame>[0]): void {
    this.#socket.send(encodeFrame(frame));
  }

  #receive(frame: DownFrame): void {
    switch (frame.type) {
      case FrameType.WELCOME:
        this.#generation = frame.body.generation;
        this.#actionSeq = frame.body.actionSeq;
        return;
      case FrameType.STATE: {
        this.states++;
        const { payload } = frame.body;
        // A mask of the state's one value, then the value.
        if (((payload[0] ?? 0) & 1) === 0) return;
        const tickedAtMs = new DataView(payload.buffer, payload.byteOffset + 1, 8).getFloat64(0, true);
        this.measured?.statesMs.push(nowMs() - tickedAtMs);
        this.ticksMs?.push(tickedAtMs);
        return;
      }
      case FrameType.REPLY:
        if (frame.body.errorCode !== "") throw new Error(`an action was refused: ${frame.body.errorCode}`);
        this.measured?.roundTripsMs.push(nowMs() - this.#actedAtMs);
        this.#actedAtMs = 0;
    }
  }
}
