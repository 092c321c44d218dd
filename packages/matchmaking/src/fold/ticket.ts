import type { MatchId, NodeId, PlayerId, ReplicaId, RoomId, TicketId } from "@warren/kernel";

/** Something a player is matched by. */
export interface Attribute {
  readonly name: string;
  readonly value: number | string | readonly string[];
  /** How uncertain a number is, as a standard deviation; 0: not at all. */
  readonly sigma: number;
}

export interface Latency {
  readonly region: string;
  readonly ms: number;
}

export interface TicketPlayer {
  readonly id: PlayerId;
  /** What the player brings into the room, as JSON. */
  readonly joinJson: string;
  readonly attributes: readonly Attribute[];
  readonly latencies: readonly Latency[];
}

/** Why a ticket ended without a match. */
export type EndCause = "asked" | "replaced" | "declined" | "missed" | "party" | "expired" | "orphaned";

/** What happened to a ticket. `seq` is the record's place in the log: the id of the event on every replica. */
export type TicketEvent = { readonly seq: number } & (
  | { readonly type: "queued" }
  | { readonly type: "proposed"; readonly matchId: MatchId; readonly acceptByMs: number }
  | { readonly type: "placing"; readonly matchId: MatchId }
  | {
      readonly type: "assigned";
      readonly matchId: MatchId;
      readonly roomId: RoomId;
      readonly nodeId: NodeId;
      readonly queue: string;
      readonly team: number;
      readonly roles: readonly string[];
    }
  | { readonly type: "returned"; readonly cause: string }
  | { readonly type: "cancelled"; readonly cause: EndCause }
  | { readonly type: "expired"; readonly cause: EndCause }
);

export type TicketStatus = "open" | "proposed" | "placing" | "assigned" | "cancelled" | "expired";

/**
 *   open ──decided──▶ (proposed ──all accept──▶) placing ──placed──▶ assigned
 *    │  ▲───dissolved───┘ │       ┌──refused──────┘│
 *    │  └─────────────────┼───────┘                │
 *    └──▶ cancelled ◀─────┴────────────────────────┘        open ──▶ expired
 */
export interface Ticket {
  readonly id: TicketId;
  /** Who asks; the first speaks for all. All of them play in one team. */
  readonly players: readonly TicketPlayer[];
  readonly queues: readonly string[];
  /** Lobby they gathered in; empty: none. */
  readonly lobbyId: string;
  /** In fold time. */
  readonly postedAtMs: number;
  status: TicketStatus;
  /** How often a room refused it, and when last, in fold time. */
  returns: number;
  returnedAtMs: number;
  /** Replicas on which its events are followed. */
  watchers: readonly ReplicaId[];
  /** When its last event stream anywhere closed, in fold time; 0: one is open, or there never was one. */
  unwatchedAtMs: number;
  /** When it was assigned, cancelled or expired, in fold time; 0: it was not. */
  endedAtMs: number;
  /** Everything that happened, oldest first; the last entry is the present. Bounded. */
  history: readonly TicketEvent[];
}

/** Whether nothing can happen to it any more. */
export function isFinal({ status }: Ticket): boolean {
  return status === "assigned" || status === "cancelled" || status === "expired";
}

/** The match a ticket is in now, proposed or being placed. */
export function matchOf({ history }: Ticket): MatchId | undefined {
  const last = history.at(-1);
  return last?.type === "proposed" || last?.type === "placing" ? last.matchId : undefined;
}
