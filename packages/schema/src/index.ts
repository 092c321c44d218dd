export { fieldsOf, firstIncompatibility } from "./compatibility.ts";
export type { AnyFields, Struct, StructValue } from "./composites.ts";
export { evolvedType, type SentType } from "./evolved-type.ts";
export { typeFromJson } from "./from-json.ts";
export { sample } from "./sample.ts";
export { StateStore } from "./state-store.ts";
export type {
  StateFields,
  StateJson,
  StateOf,
  StateType,
  StateViewOf,
  Table,
  TableType,
} from "./state-type.ts";
export { StateView } from "./state-view.ts";
export { type ActionType, type EventType, t } from "./t.ts";
export type { Infer, Type, TypeJson } from "./type.ts";
export { type ByteRange, typeBytes } from "./type-bytes.ts";
export { typeText } from "./type-text.ts";
export type { View, ViewerEyes } from "./view.ts";
export type { GroupValue, TableVisibility } from "./visibility.ts";
export { type RoomWireSchema, type WireParts, wireSchemaFingerprint, wireSchemaOf } from "./wire-schema.ts";
