import type { ActionType, EventType, StateFields, StateType, StateViewOf, Type } from "@warren/schema";

// What the client reads out of a game's type. Structural: only types cross over, no code of the game.

// biome-ignore lint/suspicious/noExplicitAny: types of types are invariant in their value
type AnyType = Type<any>;
interface RoomShape {
  readonly options: AnyType;
  readonly join: AnyType;
  readonly state: StateType<StateFields>;
  readonly input: AnyType;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly actions: Readonly<Record<string, ActionType<any, any>>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly events: Readonly<Record<string, EventType<any>>>;
}

/** What `new Warren<typeof game>()` takes. */
export interface GameShape {
  readonly rooms: Readonly<Record<string, RoomShape>>;
  readonly queues: Readonly<Record<string, { readonly room: string }>>;
}

type ValueOf<X> = X extends { initial(): infer T } ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };
type MayBeLeftOut<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
/** What a client gives: a field that may be undefined may be left out. `{}` alone would take anything; nothing means nothing. */
type Givable<T> = 0 extends 1 & T
  ? T
  : T extends string | number | boolean | Uint8Array | undefined
    ? T
    : T extends readonly (infer I)[]
      ? readonly Givable<I>[]
      : keyof T extends never
        ? Record<string, never>
        : Flat<
            { [K in Exclude<keyof T, MayBeLeftOut<T>>]: Givable<T[K]> } & {
              [K in MayBeLeftOut<T>]?: Givable<T[K]>;
            }
          >;
type GivenOf<X> = Givable<ValueOf<X>>;

export type RoomNames<G extends GameShape> = keyof G["rooms"] & string;
/** The queues that lead into rooms of one kind. */
export type QueueNames<G extends GameShape, R extends RoomNames<G>> = string &
  {
    [Q in keyof G["queues"]]: R extends G["queues"][Q]["room"] ? Q : never;
  }[keyof G["queues"]];
/** One queue, or several: whichever has a match first. */
export type OneOrMore<Q extends string> =
  | { readonly queue: Q; readonly queues?: undefined }
  | { readonly queues: readonly [Q, ...Q[]]; readonly queue?: undefined };
export type OptionsOf<G extends GameShape, R extends RoomNames<G>> = GivenOf<G["rooms"][R]["options"]>;
export type JoinOf<G extends GameShape, R extends RoomNames<G>> = GivenOf<G["rooms"][R]["join"]>;
export type InputOf<G extends GameShape, R extends RoomNames<G>> = GivenOf<G["rooms"][R]["input"]>;
export type StateViewIn<G extends GameShape, R extends RoomNames<G>> = StateViewOf<G["rooms"][R]["state"]>;
export type ActionsOf<G extends GameShape, R extends RoomNames<G>> = G["rooms"][R]["actions"];
export type EventsOf<G extends GameShape, R extends RoomNames<G>> = G["rooms"][R]["events"];
export type ArgsOf<A> = A extends { readonly args: infer T } ? GivenOf<T> : never;
export type ResultOf<A> = A extends { readonly result: infer T } ? ValueOf<T> : never;
export type PayloadOf<E> = E extends { readonly payload: infer T } ? ValueOf<T> : never;

/**
 * A property that may be left out when it may be undefined, or `{}`, which is what a server else takes for nothing; all
 * others have to be given.
 */
type Given<K extends string, T> = undefined extends T
  ? { readonly [P in K]?: T }
  : Record<never, never> extends T
    ? { readonly [P in K]?: T }
    : { readonly [P in K]: T };
export type JoinOption<G extends GameShape, R extends RoomNames<G>> = Given<"join", JoinOf<G, R>>;
export type RoomOptions<G extends GameShape, R extends RoomNames<G>> = Given<"options", OptionsOf<G, R>>;
