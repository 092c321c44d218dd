import type { ByteReader, ByteWriter } from "@warren/kernel";

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
}

export type TypeJson =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "i8"
  | "i16"
  | "i32"
  | "f32"
  | "f64"
  | { readonly enum: readonly string[] }
  | { readonly string: number }
  | { readonly array: TypeJson; readonly max: number }
  | { readonly struct: readonly (readonly [name: string, type: TypeJson])[] };

/** The values of a type. */
export type Infer<X> = X extends Type<infer T> ? T : never;
