import type { Welcome } from "@warren/protocol/session";
import type { RoomWireSchema } from "@warren/schema";
import { RoomWire } from "./room-wire.ts";
import { OWN_CODES, StepError } from "./step-error.ts";

/** The schemas of rooms, each read once. */
export class RoomWires {
  readonly #seed: number;
  readonly #byFingerprint = new Map<string, RoomWire>();
  /** What the rooms of a queue had last; a seat without a queue: "". */
  readonly #lastOf = new Map<string, string>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What HELLO names, as a client built for the game would: then WELCOME does not carry the schema. */
  expected(queue = ""): string {
    return this.#lastOf.get(queue) ?? "";
  }

  /** Throws StepError. */
  of({ wireFingerprint, wireSchema }: Welcome, queue = ""): RoomWire {
    let wire = this.#byFingerprint.get(wireFingerprint);
    if (!wire) {
      if (wireSchema === "")
        throw new StepError(OWN_CODES.PROTOCOL, "WELCOME came without the room's schema");
      wire = new RoomWire(wireFingerprint, JSON.parse(wireSchema) as RoomWireSchema, this.#seed);
      this.#byFingerprint.set(wireFingerprint, wire);
    }
    this.#lastOf.set(queue, wireFingerprint);
    return wire;
  }
}
