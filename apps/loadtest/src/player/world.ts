import type { Game } from "@warren/game";
import type { Measures } from "../measure/measures.ts";
import type { TimerWheel } from "../run/timer-wheel.ts";
import type { MadeUp } from "./made-up.ts";
import type { Parties } from "./parties.ts";
import type { Rest } from "./rest.ts";
import type { RoomWires } from "./room-wires.ts";

/** What all players of a process share. */
export interface World {
  /** Of REST. */
  readonly url: URL;
  readonly game: Game;
  readonly queues: readonly string[];
  readonly seed: number;
  readonly rest: Rest;
  readonly wheel: TimerWheel;
  readonly measures: Measures;
  readonly wires: RoomWires;
  readonly parties: Parties;
  readonly madeUp: MadeUp;
}
