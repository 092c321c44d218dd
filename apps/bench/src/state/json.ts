import { EXACT, type Shown, type Step } from "../flight.ts";
import type { StateOptions, StateSubject } from "./state-subject.ts";

interface Entity {
  x: number;
  y: number;
  angle: number;
  hp: number;
  name: string;
}

/** The whole state as JSON every tick, in UTF-8, as it goes on a socket. */
export class JsonState implements StateSubject {
  readonly quantum = EXACT;
  readonly #entities: Entity[];
  readonly #state: { entities: Record<string, Entity> };
  #shown: { entities: Record<string, Shown> } = { entities: {} };

  constructor({ flight: { start, names } }: StateOptions) {
    const { x, y, angle, hp } = start;
    this.#entities = names.map((name, i) => ({ x: x[i]!, y: y[i]!, angle: angle[i]!, hp: hp[i]!, name }));
    this.#state = { entities: Object.fromEntries(this.#entities.map((entity, i) => [`e${i}`, entity])) };
  }

  snapshot(): Uint8Array {
    return this.encode();
  }

  mutate({ movers, hits, x, y, angle, hp }: Step): void {
    const entities = this.#entities;
    for (let m = 0; m < movers.length; m++) {
      const i = movers[m]!;
      const entity = entities[i]!;
      entity.x = x[i]!;
      entity.y = y[i]!;
      entity.angle = angle[i]!;
    }
    for (let h = 0; h < hits.length; h++) {
      const i = hits[h]!;
      entities[i]!.hp = hp[i]!;
    }
  }

  encode(): Uint8Array {
    return Buffer.from(JSON.stringify(this.#state));
  }

  decode(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    this.#shown = JSON.parse(text) as { entities: Record<string, Shown> };
  }

  shownCount(): number {
    return Object.keys(this.#shown.entities).length;
  }

  shown(i: number): Shown | undefined {
    return this.#shown.entities[`e${i}`];
  }
}
