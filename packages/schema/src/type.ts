import type { ByteReader, ByteWriter } from "@warren/kernel";
import type { Codes } from "./codes.ts";

/**
 * A type of the `t` language: what values are valid, how they look on the wire, and how they are described
 * to a client that has no game code. A decoded or checked value is valid by construction.
 */
export interface Type<T> {
  /** Appends a valid value. */
  write(out: ByteWriter, value: T): void;
  /** Reads a value. Throws InputError on anything that is not one. */
  read(reader: ByteReader): T;
  /** Makes a value of this type from something untrusted (JSON, a room author's assignment). Throws InputError with `path`. */
  check(value: unknown, path: string): T;
  /** What a field holds before it is set. */
  initial(): T;
  /** The type as plain JSON; {@link typeFromJson} reads it. */
  readonly json: TypeJson;
  /** How the values are whole numbers of fixed width on the wire; undefined: they are not. */
  readonly codes?: Codes<T>;
  /** Writes and reads the value as it is stored, where the wire is coarser; undefined: the wire is exact. */
  readonly stored?: Type<T>;
}

export type TypeJson =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "i8"
  | "i16"
  | "i32"
  | "varuint"
  | "varint"
  | "f32"
  | "f64"
  | { readonly quantised: readonly [min: number, max: number, precision: number] }
  | { readonly angle: AngleBits }
  | { readonly enum: readonly string[] }
  | { readonly string: number }
  | { readonly bytes: number }
  | { readonly optional: TypeJson }
  | { readonly array: TypeJson; readonly max: number }
  | { readonly fixedArray: TypeJson; readonly length: number }
  | { readonly struct: readonly (readonly [name: string, type: TypeJson])[] };

export type AngleBits = 8 | 16;

/** The values of a type. */
export type Infer<X> = X extends Type<infer T> ? T : never;
