import type { Flight, Step } from "./flight.ts";

/** A flight without an end: there, back, there, … */
export class Pendulum {
  readonly #flight: Flight;
  #legs = 0;

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  nextLeg(): readonly Step[] {
    return this.#legs++ % 2 === 0 ? this.#flight.there : this.#flight.back;
  }
}
