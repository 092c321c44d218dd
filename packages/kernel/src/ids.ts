import { base32 } from "./base32.ts";
import { InputError } from "./input-error.ts";

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** A person. Guests get `guest-…`; studios' players keep the `sub` of their token. 1 to 64 of `A-Z a-z 0-9 _ . @ : -`. */
export type PlayerId = Id<"PlayerId">;
/** A place where a game is played. Made by us. */
export type RoomId = Id<"RoomId">;
/** One room-server process; new at every start. */
export type NodeId = Id<"NodeId">;
/** One matchmaker process; new at every start. */
export type ReplicaId = Id<"ReplicaId">;
/** One request to be matched: `t_<domain>_<hash of player and idempotency key>`. */
export type TicketId = Id<"TicketId">;
/** Where players gather: `l_<domain>_<hash of player and idempotency key>`. */
export type LobbyId = Id<"LobbyId">;
/** One decided group: `m_<domain>_<decider epoch>_<count>`. */
export type MatchId = Id<"MatchId">;
/** One player's connection life, across sockets. */
export type SessionId = Id<"SessionId">;
/** Which owner of a room; higher wins. */
export type Epoch = number & { readonly [brand]: "Epoch" };

function parser<T extends string>(kind: string, pattern: RegExp, accepted: string) {
  return (text: unknown, field: string = kind): T => {
    if (typeof text === "string" && pattern.test(text)) return text as T;
    throw new InputError(field, text, accepted);
  };
}

const OURS = "an id made by Warren";
export const parsePlayerId = parser<PlayerId>(
  "player id",
  /^[A-Za-z0-9_.@:-]{1,64}$/,
  "1 to 64 characters of A-Z a-z 0-9 _ . @ : -",
);
export const parseRoomId = parser<RoomId>("room id", /^r_[a-z0-9_-]{1,80}$/, OURS);
export const parseNodeId = parser<NodeId>("node id", /^n_[a-z0-9]{1,40}$/, OURS);
export const parseReplicaId = parser<ReplicaId>("replica id", /^mm_[a-z0-9]{1,40}$/, OURS);
export const parseTicketId = parser<TicketId>("ticket id", /^t_[a-z0-9-]{1,32}_[a-z0-9]{26}$/, OURS);
export const parseLobbyId = parser<LobbyId>("lobby id", /^l_[a-z0-9-]{1,32}_[a-z0-9]{26}$/, OURS);
export const parseMatchId = parser<MatchId>("match id", /^m_[a-z0-9-]{1,32}_[0-9]+_[0-9]+$/, OURS);
export const parseSessionId = parser<SessionId>("session id", /^s_[a-z0-9]{1,40}$/, OURS);

export function parseEpoch(value: number): Epoch {
  if (Number.isSafeInteger(value) && value > 0) return value as Epoch;
  throw new InputError("epoch", value, "a whole number from 1");
}

/** Names that authors choose (rooms, queues, domains): they appear in subjects, metrics and URLs. */
export const parseName = parser<string>(
  "name",
  /^[a-z][a-z0-9-]{0,31}$/,
  "1 to 32 characters of a-z 0-9 -, the first a letter",
);

/** `prefix_` and 80 random bits. */
export function randomId(prefix: "r" | "n" | "mm" | "s" | "j"): string {
  return `${prefix}_${base32(crypto.getRandomValues(new Uint8Array(10)))}`;
}
