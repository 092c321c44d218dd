import { type PlayerId, parseEpoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import {
  type DownFrame,
  decodeMessage,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
} from "@warren/protocol/session";
import { type AnyRoomDefinition, RoomHost, SessionHost } from "@warren/room";
import { type RoomWireSchema, StateView } from "@warren/schema";
import { type Shown, TICK_HZ } from "./flight.ts";
import type { Send } from "./send.ts";
import { StepClock } from "./step-clock.ts";

export interface OurNodeOptions {
  readonly definition: AnyRoomDefinition;
  readonly rooms: number;
  readonly playersPerRoom: number;
  /** Player of each client; client `room × playersPerRoom + i` sits in that room. */
  playerOf(client: number): string;
  /** The sockets. */
  readonly send: Send;
  /** Clients whose messages are read. */
  readonly watched: readonly number[];
}

/** A node without a network: rooms, sessions and outboxes as in production, and sockets that are always free. */
export class OurNode {
  readonly #clock = new StepClock();
  readonly #views = new Map<number, StateView>();
  #endOfTurn: (() => void)[] = [];

  constructor({ definition, rooms, playersPerRoom, playerOf, send, watched }: OurNodeOptions) {
    const host = new RoomHost({
      definitions: { field: definition },
      clock: this.#clock,
      roomsMax: rooms,
      seed: () => 1,
      onChanged: (_, error) => {
        if (error !== undefined) throw error;
      },
    });
    const sessions = new SessionHost({
      clock: this.#clock,
      limits: { framesPerSecondMax: 100 },
      admit: (token) => {
        const [room, player] = token.split(" ");
        return {
          player: parsePlayerId(player),
          link: host.linkTo(parseRoomId(room)),
          spectator: false,
        };
      },
      newResumeKey: () => "key",
      atEndOfTurn: (fn) => this.#endOfTurn.push(fn),
      onRefused: (error) => {
        throw error;
      },
    });
    for (let r = 0; r < rooms; r++) {
      const room = parseRoomId(`r_${r}`);
      const spec = { roomName: "field", optionsJson: "", fillTo: 0, queue: "", joinCode: "" };
      host.open(room, parseEpoch(1), spec);
      for (let i = 0; i < playersPerRoom; i++) {
        const client = r * playersPerRoom + i;
        const playerId: PlayerId = parsePlayerId(playerOf(client));
        host.reserve(room, [{ playerId, joinJson: "" }]);
        const connection = sessions.accept({
          send: (message) => send(client, message),
          bufferedBytes: () => 0,
          close: (code, reason) => {
            throw new Error(`client ${client} was closed: ${code} ${reason}`);
          },
        });
        const hello = {
          protocolVersion: PROTOCOL_VERSION,
          seatToken: `${room} ${playerId}`,
          // Who names the fingerprint has the schema already; who is watched asks for it.
          wireFingerprint: watched.includes(client) ? "" : definition.wireFingerprint,
        };
        connection.message(encodeFrame({ type: FrameType.HELLO, body: hello }), true);
      }
    }
    this.#turn();
  }

  /** One tick of every room. */
  tick(): void {
    this.#clock.advance(1000 / TICK_HZ);
    this.#turn();
  }

  #turn(): void {
    const due = this.#endOfTurn;
    this.#endOfTurn = [];
    for (const fn of due) fn();
  }

  /** A watched client reads a message. */
  receive(client: number, message: Uint8Array): void {
    for (const frame of decodeMessage(message, 100) as DownFrame[]) {
      if (frame.type === FrameType.WELCOME) {
        const { state } = JSON.parse(frame.body.wireSchema) as RoomWireSchema;
        this.#views.set(client, new StateView(state));
      } else if (frame.type === FrameType.STATE) {
        const { tick, baseTick, payload } = frame.body;
        this.#views.get(client)!.apply(tick, baseTick, payload);
      } else {
        throw new Error(`client ${client} was sent a frame of type ${frame.type}`);
      }
    }
  }

  /** What a watched client shows of a table. */
  shown(client: number, table: string): ReadonlyMap<string, Shown> {
    return this.#views.get(client)!.state[table] as ReadonlyMap<string, Shown>;
  }
}
