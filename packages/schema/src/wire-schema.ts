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

/** Names the wire schema; equal fingerprints mean equal bytes. */
export function wireSchemaFingerprint(schema: RoomWireSchema): string {
  return fingerprint(JSON.stringify(schema));
}
