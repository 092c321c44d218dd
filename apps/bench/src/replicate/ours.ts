import { parseEpoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import {
  type DownFrame,
  decodeMessage,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
} from "@warren/protocol/session";
import { type AnyRoomDefinition, defineRoom, RoomHost, SessionHost } from "@warren/room";
import { type RoomWireSchema, StateView } from "@warren/schema";
import { type Shown, type Step, TICK_HZ } from "../flight.ts";
import { addRows, type EntityRow, moveRows, OUR_QUANTUM, quantisedState } from "../our-entities.ts";
import type { ReplicateOptions, ReplicateSubject } from "./replicate-subject.ts";
import { StepClock } from "./step-clock.ts";

/** A node without a network: rooms, sessions and outboxes as in production, and sockets that count. */
class OurRooms implements ReplicateSubject {
  readonly quantum;
  readonly #clock = new StepClock();
  readonly #views = new Map<number, StateView>();
  #step: Step | undefined;
  #endOfTurn: (() => void)[] = [];

  constructor({ flight, world, rooms, playersPerRoom, send, watched }: ReplicateOptions) {
    this.quantum = OUR_QUANTUM(world);
    const rowsOf = new Map<string, readonly EntityRow[]>();
    const definition = defineRoom({
      seats: playersPerRoom,
      tickHz: TICK_HZ,
      sendHz: TICK_HZ,
      state: quantisedState(world),
      onCreate: (room) => void rowsOf.set(room.id, addRows(room.state.entities, flight)),
      onTick: (room) => {
        if (this.#step) moveRows(rowsOf.get(room.id)!, this.#step);
      },
    }) as AnyRoomDefinition;

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
      openSeatToken: (token) => {
        const [room, player] = token.split(" ");
        return { room: parseRoomId(room), player: parsePlayerId(player) };
      },
      linkTo: (room) => host.linkTo(room),
      newResumeKey: () => "key",
      atEndOfTurn: (fn) => this.#endOfTurn.push(fn),
      onRefused: (error) => {
        throw error;
      },
    });

    for (let r = 0; r < rooms; r++) {
      const room = parseRoomId(`r_${r}`);
      host.open(room, parseEpoch(1), {
        roomName: "field",
        optionsJson: "",
        fillTo: 0,
        queue: "",
        joinCode: "",
      });
      for (let p = 0; p < playersPerRoom; p++) {
        const client = r * playersPerRoom + p;
        const playerId = `p_${client}`;
        host.reserve(room, [{ playerId, joinJson: "" }]);
        const connection = sessions.accept({
          send: (message) => send(client, message),
          bufferedBytes: () => 0,
          close: (code, reason) => {
            throw new Error(`client ${client} was closed: ${code} ${reason}`);
          },
        });
        connection.message(
          encodeFrame({
            type: FrameType.HELLO,
            body: {
              protocolVersion: PROTOCOL_VERSION,
              seatToken: `${room} ${playerId}`,
              wireFingerprint: watched.includes(client) ? "" : definition.wireFingerprint,
            },
          }),
          true,
        );
      }
    }
    this.#turn();
  }

  tick(step: Step): void {
    this.#step = step;
    this.#clock.advance(1000 / TICK_HZ);
    this.#turn();
  }

  #turn(): void {
    const due = this.#endOfTurn;
    this.#endOfTurn = [];
    for (const fn of due) fn();
  }

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

  shownCount(client: number): number {
    return this.#table(client).size;
  }

  shown(client: number, i: number): Shown | undefined {
    return this.#table(client).get(`e${i}`);
  }

  #table(client: number): ReadonlyMap<string, Shown> {
    return this.#views.get(client)!.state["entities"] as ReadonlyMap<string, Shown>;
  }
}

export function openOurs(options: ReplicateOptions): ReplicateSubject {
  return new OurRooms(options);
}
