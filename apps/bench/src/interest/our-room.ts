import { type AnyRoomDefinition, defineRoom } from "@warren/room";
import { quantised, type Shown, type Step, TICK_HZ } from "../flight.ts";
import { addRows, type EntityRow, moveRows, quantisedState } from "../our-entities.ts";
import { OurNode } from "../our-node.ts";
import type { Send } from "../send.ts";
import type { InterestOptions, InterestSubject } from "./interest-subject.ts";

/** The same in a whole room, with sessions and outboxes. Its tick is one call, so all of it counts as `encode`. */
class OurInterestRoom implements InterestSubject {
  readonly quantum;
  readonly #node: OurNode;
  #step: Step | undefined;
  #send: Send = () => {};
  /** What was sent while the room was opened. */
  readonly #early: [client: number, message: Uint8Array][] = [];

  constructor({ flight, plan, clients, watched }: InterestOptions) {
    const { world, cell, radius } = plan;
    this.quantum = quantised(world);
    let rows: readonly EntityRow[] = [];
    const definition = defineRoom({
      seats: clients,
      tickHz: TICK_HZ,
      sendHz: TICK_HZ,
      state: quantisedState(world, { grid: { x: "x", y: "y", cell, radius } }),
      onCreate: (room) => {
        rows = addRows(room.state.entities, flight);
      },
      onTick: () => {
        if (this.#step) moveRows(rows, this.#step);
      },
    }) as AnyRoomDefinition;
    this.#send = (client, message) => this.#early.push([client, message.slice()]);
    this.#node = new OurNode({
      definition,
      rooms: 1,
      playersPerRoom: clients,
      playerOf: (client) => `e${client}`,
      send: (client, message) => this.#send(client, message),
      watched,
    });
    this.#node.tick();
  }

  start(send: Send): void {
    for (const [client, message] of this.#early) send(client, message);
    this.#early.length = 0;
  }

  mutate(step: Step): void {
    this.#step = step;
  }

  look(): void {
    // An eye is at its own row by itself.
  }

  encode(send: Send): void {
    this.#send = send;
    this.#node.tick();
  }

  decode(client: number, bytes: Uint8Array): void {
    this.#node.receive(client, bytes);
  }

  shownCount(client: number): number {
    return this.#node.shown(client, "entities").size;
  }

  shown(client: number, i: number): Shown | undefined {
    return this.#node.shown(client, "entities").get(`e${i}`);
  }
}

export function openOurRoom(options: InterestOptions): InterestSubject {
  return new OurInterestRoom(options);
}
