import { fingerprint } from "@warren/kernel";
import type { StateJson } from "./state-type.ts";
import type { TypeJson } from "./type.ts";

/** All a client must know to read and write a room's frames. Actions and events are numbered by their place. */
export interface RoomWireSchema {
  readonly state: StateJson;
  readonly input: TypeJson;
  readonly actions: readonly (readonly [name: string, args: TypeJson, result: TypeJson])[];
  readonly events: readonly (readonly [name: string, payload: TypeJson])[];
}

interface Described {
  readonly json: TypeJson;
}

/** What a room and its clients share; a module that exports these, or a whole room definition, is one. */
export interface WireParts {
  readonly state: { readonly json: StateJson };
  /** @default no fields */
  readonly input?: Described;
  /** @default none */
  readonly actions?: Readonly<Record<string, { readonly args: Described; readonly result: Described }>>;
  /** @default none */
  readonly events?: Readonly<Record<string, { readonly payload: Described }>>;
}

/** The wire schema of a room made of these parts. In a page, the contract it was built for. */
export function wireSchemaOf({ state, input, actions = {}, events = {} }: WireParts): RoomWireSchema {
  return {
    state: state.json,
    input: input?.json ?? { struct: [] },
    actions: Object.entries(actions).map(([name, { args, result }]) => [name, args.json, result.json]),
    events: Object.entries(events).map(([name, { payload }]) => [name, payload.json]),
  };
}

/** Names the wire schema; equal fingerprints mean equal bytes. */
export function wireSchemaFingerprint(schema: RoomWireSchema): string {
  return fingerprint(JSON.stringify(schema));
}
