import type { NodeId, RoomId } from "@warren/kernel";
import type { NodeSpace, OpenRoom } from "@warren/matchmaking";
import type { Release, Reply, Reserve } from "@warren/protocol/services";

/** What a decider needs of the room-servers. All of it is soft state: what holds, a node says when it is asked. */
export interface MatchNodes {
  /** The way to a node; undefined: it is dead, or this replica has not met it. */
  get(nodeId: NodeId): MatchNode | undefined;
  /** Whether the node may be alive, even while it cannot be reached. */
  known(nodeId: NodeId): boolean;
  /** Nodes that may open rooms, most wanted first. */
  spaces(): NodeSpace[];
  /** Rooms that ask for players, most wanted first. `skillOf`: mean skill of who plays there. */
  openRooms(skillOf: (roomId: RoomId) => number): OpenRoom[];
  /** Rooms that run on a node; undefined: it cannot be asked now. */
  roomsOn(nodeId: NodeId): { has(roomId: RoomId): boolean } | undefined;
  /** Removes what a dead node left of a room. Safe to repeat. */
  forgetRoom(roomId: RoomId): Promise<void>;
  /** Called when a node came, went, or told something new. */
  onChange(listener: () => void): void;
}

/** Commands to one node. Each may be repeated: a match, and a player without a seat, are known again. */
export interface MatchNode {
  /** Seats or an error code; rejects when the node did not answer, then it may or may not have given the seats. */
  reserve(request: Reserve): Promise<Reply>;
  release(request: Release): Promise<Reply>;
}
