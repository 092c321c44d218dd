import type { Clock } from "@warren/kernel";
import type { RoomRuntime } from "./room-runtime.ts";

/** Between two rooms that are made ahead: those that run come first. */
const PAUSE_MS = 50;

/** One definition's rooms that are made ahead, all with the options that were asked for last. */
export class WarmRooms {
  readonly #clock: Clock;
  readonly #countMax: number;
  readonly #make: (optionsJson: string) => RoomRuntime | undefined;
  #optionsJson = "";
  #rooms: RoomRuntime[] = [];
  #isMaking = false;

  constructor(
    clock: Clock,
    countMax: number,
    /** Undefined: none can be made now; it is tried again when a room is asked for next. */
    make: (optionsJson: string) => RoomRuntime | undefined,
  ) {
    this.#clock = clock;
    this.#countMax = countMax;
    this.#make = make;
  }

  get count(): number {
    return this.#rooms.length;
  }

  /** One with these options, if there is one; others are made, with these options from now on. */
  take(optionsJson: string): RoomRuntime | undefined {
    if (this.#optionsJson !== optionsJson) this.#rooms = [];
    this.#optionsJson = optionsJson;
    const room = this.#rooms.pop();
    this.#fill();
    return room;
  }

  #fill(): void {
    if (this.#isMaking || this.#rooms.length >= this.#countMax) return;
    this.#isMaking = true;
    this.#clock.after(PAUSE_MS, () => {
      this.#isMaking = false;
      if (this.#rooms.length >= this.#countMax) return;
      const room = this.#make(this.#optionsJson);
      if (!room) return;
      this.#rooms.push(room);
      this.#fill();
    });
  }
}
