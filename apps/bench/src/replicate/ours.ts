import { type AnyRoomDefinition, defineRoom } from "@warren/room";
import { quantised, type Shown, type Step, TICK_HZ } from "../flight.ts";
import { addRows, type EntityRow, moveRows, quantisedState } from "../our-entities.ts";
import { OurNode } from "../our-node.ts";
import type { ReplicateOptions, ReplicateSubject } from "./replicate-subject.ts";

class OurRooms implements ReplicateSubject {
  readonly quantum;
  readonly #node: OurNode;
  #step: Step | undefined;

  constructor({ flight, world, ...options }: ReplicateOptions) {
    this.quantum = quantised(world);
    const rowsOf = new Map<string, readonly EntityRow[]>();
    const definition = defineRoom({
      seats: options.playersPerRoom,
      tickHz: TICK_HZ,
      sendHz: TICK_HZ,
      state: quantisedState(world),
      onCreate: (room) => void rowsOf.set(room.id, addRows(room.state.entities, flight)),
      onTick: (room) => {
        if (this.#step) moveRows(rowsOf.get(room.id)!, this.#step);
      },
    }) as AnyRoomDefinition;
    this.#node = new OurNode({ ...options, definition, playerOf: (client) => `p_${client}` });
  }

  tick(step: Step): void {
    this.#step = step;
    this.#node.tick();
  }

  receive(client: number, message: Uint8Array): void {
    this.#node.receive(client, message);
  }

  shownCount(client: number): number {
    return this.#node.shown(client, "entities").size;
  }

  shown(client: number, i: number): Shown | undefined {
    return this.#node.shown(client, "entities").get(`e${i}`);
  }
}

export function openOurs(options: ReplicateOptions): ReplicateSubject {
  return new OurRooms(options);
}
