import { InputError } from "@warren/kernel";
import { WarrenError, type Welcome } from "@warren/protocol/session";
import {
  evolvedType,
  firstIncompatibility,
  type RoomWireSchema,
  type SentType,
  StateView,
  type Type,
  typeFromJson,
  wireSchemaFingerprint,
} from "@warren/schema";

/** What the frames of a room mean: its wire schema as closures. */
export interface RoomCodec {
  readonly state: RoomWireSchema["state"];
  /** Checks what the page was built to send and writes what the room reads. */
  readonly input: SentType;
  /** Those the page knows. */
  readonly actions: ReadonlyMap<string, ActionCodec>;
  /** All of the room, by number. */
  readonly events: readonly (readonly [name: string, payload: Type<unknown>])[];
}

export interface ActionCodec {
  readonly actionId: number;
  readonly args: SentType;
  readonly result: Type<unknown>;
}

/**
 * What a page counts on in one kind of room: the schema it was built for, or else the first it was sent. Every room of
 * that kind is read by its own schema, which has to have all of it.
 */
export class Contract {
  #expected: RoomWireSchema | undefined;
  readonly #codecs = new Map<string, RoomCodec>();
  #fingerprint = "";

  constructor(expected?: RoomWireSchema) {
    if (!expected) return;
    this.#fingerprint = wireSchemaFingerprint(expected);
    this.#learn(this.#fingerprint, expected);
  }

  /** Names the schema of the room that was joined last, which need not be sent again; empty: none. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  /** How to talk to the room that sent this. Throws WIRE_INCOMPATIBLE, naming the field. */
  accept({ wireFingerprint, wireSchema }: Welcome): RoomCodec {
    if (wireSchema !== "" && !this.#codecs.has(wireFingerprint))
      this.#learn(wireFingerprint, JSON.parse(wireSchema) as RoomWireSchema);
    const codec = this.#codecs.get(wireFingerprint);
    if (!codec) throw new WarrenError("PROTOCOL_VIOLATION", `schema ${wireFingerprint} is not known here`);
    this.#fingerprint = wireFingerprint;
    return codec;
  }

  #learn(fingerprint: string, schema: RoomWireSchema): void {
    const expected = this.#expected ?? schema;
    const why = firstIncompatibility(expected, schema);
    if (why !== undefined) throw new WarrenError("WIRE_INCOMPATIBLE", `${why}; reload the page`);
    this.#codecs.set(fingerprint, codecOf(expected, schema));
    this.#expected = expected;
  }
}

/** Throws WIRE_INCOMPATIBLE when the schema has a type that this SDK does not know. */
function codecOf(expected: RoomWireSchema, actual: RoomWireSchema): RoomCodec {
  try {
    // Every type of the state is made once, to find out now.
    new StateView(actual.state);
    return {
      state: actual.state,
      input: evolvedType(expected.input, actual.input),
      actions: new Map(expected.actions.map(([name, args]) => [name, actionOf(name, args, actual)])),
      events: actual.events.map(([name, payload]) => [name, typeFromJson(payload)]),
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new WarrenError("WIRE_INCOMPATIBLE", `${error.message}; reload the page`, { cause: error });
  }
}

function actionOf(name: string, expected: RoomWireSchema["input"], { actions }: RoomWireSchema): ActionCodec {
  const actionId = actions.findIndex(([other]) => other === name);
  const [, args, result] = actions[actionId] as RoomWireSchema["actions"][number];
  return { actionId, args: evolvedType(expected, args), result: typeFromJson(result) };
}
