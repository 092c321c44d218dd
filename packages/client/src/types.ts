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

export type RoomNames<G extends GameShape> = keyof G["rooms"] & string;
export type QueueNames<G extends GameShape> = keyof G["queues"] & string;
export type OptionsOf<G extends GameShape, R extends RoomNames<G>> = ValueOf<G["rooms"][R]["options"]>;
export type JoinOf<G extends GameShape, R extends RoomNames<G>> = ValueOf<G["rooms"][R]["join"]>;
export type InputOf<G extends GameShape, R extends RoomNames<G>> = ValueOf<G["rooms"][R]["input"]>;
export type StateViewIn<G extends GameShape, R extends RoomNames<G>> = StateViewOf<G["rooms"][R]["state"]>;
export type ActionsOf<G extends GameShape, R extends RoomNames<G>> = G["rooms"][R]["actions"];
export type EventsOf<G extends GameShape, R extends RoomNames<G>> = G["rooms"][R]["events"];
export type ArgsOf<A> = A extends { readonly args: infer T } ? ValueOf<T> : never;
export type ResultOf<A> = A extends { readonly result: infer T } ? ValueOf<T> : never;
export type PayloadOf<E> = E extends { readonly payload: infer T } ? ValueOf<T> : never;

/** `{}` may be left out, anything else has to be given. */
export type JoinOption<J> = Record<never, never> extends J ? { readonly join?: J } : { readonly join: J };
