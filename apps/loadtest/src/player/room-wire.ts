import { ByteWriter, InputError, Prng } from "@warren/kernel";
import { type RoomWireSchema, sample, type Type, typeFromJson } from "@warren/schema";

/** So many inputs are made up for all players of a room's type. */
const INPUTS = 64;

/** What players write to rooms of one schema. Shared by all of them: a player holds none of it. */
export class RoomWire {
  readonly fingerprint: string;
  /** Names of actions, in the order of their ids. */
  readonly actions: readonly string[];
  /** Valid inputs, as bytes. */
  readonly inputs: readonly Uint8Array[];
  readonly #schema: RoomWireSchema;
  readonly #input: Type<unknown>;
  readonly #args = new Map<number, Type<unknown>>();

  constructor(fingerprint: string, schema: RoomWireSchema, seed: number) {
    this.fingerprint = fingerprint;
    this.#schema = schema;
    this.actions = schema.actions.map(([name]) => name);
    this.#input = typeFromJson(schema.input);
    const random = new Prng(seed);
    this.inputs = Array.from({ length: INPUTS }, () => this.input(sample(this.#input, random)));
  }

  /** Throws InputError for what is not valid. */
  input(value: unknown): Uint8Array {
    return bytesOf(this.#input, value, "input");
  }

  /** `value` undefined: something valid. Throws InputError for what is not. */
  args(action: string, value: unknown, random: Prng): { actionId: number; payload: Uint8Array } {
    const actionId = this.actions.indexOf(action);
    if (actionId < 0)
      throw new InputError("action", action, this.actions.join(", ") || "nothing: the room has no actions");
    const type = this.#args.get(actionId) ?? typeFromJson(this.#schema.actions[actionId]![1]);
    this.#args.set(actionId, type);
    return { actionId, payload: bytesOf(type, value === undefined ? sample(type, random) : value, action) };
  }
}

function bytesOf(type: Type<unknown>, value: unknown, path: string): Uint8Array {
  const out = new ByteWriter(64);
  type.write(out, type.check(value, path));
  return out.finish();
}
