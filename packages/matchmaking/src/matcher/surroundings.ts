import type { MatchId, NodeId, RoomId } from "@warren/kernel";

/** A room that runs and asks for players of its queue. */
export interface OpenRoom {
  readonly roomId: RoomId;
  readonly nodeId: NodeId;
  readonly queue: string;
  /** Which of the room's requests this is; another one would be refused. */
  readonly generation: number;
  /** Region of its node; empty: not said. */
  readonly region: string;
  /** Mean skill of who plays there. */
  readonly skill: number;
  /** Seats to fill in each team; one number when there are no teams. */
  readonly free: readonly number[];
}

/** A node that may open rooms of some definitions. */
export interface NodeSpace {
  readonly nodeId: NodeId;
  /** Empty: not said. */
  readonly region: string;
  readonly rooms: ReadonlySet<string>;
  freeRooms: number;
  /** Players it takes, in all its rooms. */
  freeSeats: number;
}

/** What a look of the matcher is taken with. */
export interface Surroundings {
  /** Decider's time: fold time plus what has passed since, ms. */
  readonly nowMs: number;
  /** Most wanted first; each takes one match a look. */
  readonly openRooms: readonly OpenRoom[];
  /** Most wanted first; `freeRooms` and `freeSeats` are counted down in place. */
  readonly nodes: readonly NodeSpace[];
  newMatchId(): MatchId;
  newRoomId(match: MatchId): RoomId;
  /** Whether the time for this slice of work is over. */
  isOver(): boolean;
}
