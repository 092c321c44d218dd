import type { NodeId, RoomId } from "@warren/kernel";
import type { Fold, NodeSpace } from "@warren/matchmaking";
import { type Match, type NodeLoad, overloadOf, SLOW_LAG_MS } from "@warren/protocol/services";

const isSlow = (load: NodeLoad): boolean => load.loopLagMs >= SLOW_LAG_MS;

/** The order in which nodes are filled: the fullest first, so that others become free; slow ones last. The same on every replica. */
export function byPacking(a: Placed, b: Placed): number {
  return (
    Number(isSlow(a.load)) - Number(isSlow(b.load)) ||
    fullness(b.load) - fullness(a.load) ||
    (a.nodeId < b.nodeId ? -1 : 1)
  );
}

interface Placed {
  readonly nodeId: NodeId;
  readonly load: NodeLoad;
}

/** What may be done with a node. */
export type NodeState = "open" | "slow" | "overloaded" | "draining" | "away";
export const NODE_STATES: readonly NodeState[] = ["open", "slow", "overloaded", "draining", "away"];

export function stateOf(load: NodeLoad | undefined): NodeState {
  if (!load) return "away";
  if (load.draining) return "draining";
  if (overloadOf(load)) return "overloaded";
  return isSlow(load) ? "slow" : "open";
}

/** Share of what a node takes that is taken, of rooms or seats, whichever is more. */
function fullness({ rooms, roomsMax, seats, seatsMax }: NodeLoad): number {
  return Math.max(rooms / roomsMax, seats / seatsMax);
}

/**
 * Spaces less what the log has promised: matches that wait for their players or seats. The node has not counted these
 * yet, except those whose room it tells of.
 */
export function lessPromised(
  spaces: readonly NodeSpace[],
  fold: Fold,
  nodes: { roomsOn(nodeId: NodeId): { has(roomId: RoomId): boolean } | undefined },
): NodeSpace[] {
  const promised = new Map<string, { rooms: number; seats: number }>();
  const count = ({ backfillGeneration, roomId, nodeId, tickets }: Match) => {
    const isNew = backfillGeneration === 0;
    if (isNew && nodes.roomsOn(nodeId as NodeId)?.has(roomId as RoomId)) return;
    const of = promised.get(nodeId) ?? { rooms: 0, seats: 0 };
    promised.set(nodeId, of);
    if (isNew) of.rooms++;
    for (const { ticketId } of tickets) of.seats += fold.tickets.get(ticketId as never)?.players.length ?? 0;
  };
  for (const match of fold.placing.values()) count(match);
  for (const { match } of fold.proposed.values()) count(match);
  return spaces.map((space) => {
    const { rooms, seats } = promised.get(space.nodeId) ?? { rooms: 0, seats: 0 };
    return { ...space, freeRooms: space.freeRooms - rooms, freeSeats: space.freeSeats - seats };
  });
}
