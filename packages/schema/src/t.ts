import {
  type AnyFields,
  array,
  fixedArray,
  optional,
  type Struct,
  type StructValue,
  struct,
} from "./composites.ts";
import {
  angle,
  bool,
  bytes,
  enumOf,
  f32,
  f64,
  i8,
  i16,
  i32,
  quantised,
  string,
  u8,
  u16,
  u32,
  varint,
  varuint,
} from "./scalars.ts";
import { state, table } from "./state-type.ts";
import type { Type } from "./type.ts";

/** An action: what the client sends and what it gets back. */
export interface ActionType<Args, Result> {
  readonly args: Type<Args>;
  readonly result: Type<Result>;
}

/** An event: what the room tells, reliable and in order. */
export interface EventType<Payload> {
  readonly payload: Type<Payload>;
}

/** The language in which a game says what its values are. */
export const t = {
  bool: () => bool,
  u8: () => u8,
  u16: () => u16,
  u32: () => u32,
  i8: () => i8,
  i16: () => i16,
  i32: () => i32,
  varuint: () => varuint,
  varint: () => varint,
  f32: () => f32,
  f64: () => f64,
  enum: <const Names extends readonly string[]>(...names: Names): Type<Names[number]> => enumOf(names),
  quantised,
  angle,
  string,
  bytes,
  playerId: () => string(64),
  optional,
  array,
  fixedArray,
  struct,
  table,
  state,
  action: <A extends AnyFields, R extends AnyFields>(
    args: A,
    result: R,
  ): ActionType<StructValue<A>, StructValue<R>> => ({
    args: struct(args),
    result: struct(result),
  }),
  event: <P extends AnyFields>(payload: P): EventType<StructValue<P>> => ({
    payload: struct(payload) as Struct<P>,
  }),
};
