import type { MatchId, NodeId, PlayerId, RoomId } from "@warren/kernel";
import { Table } from "./table.ts";

/** A result that comes after its room was closed still counts for this long, in fold time. */
export const CLOSED_ROOM_RETENTION_MS = 600_000;

export interface PlacedRoom {
  readonly nodeId: NodeId;
  readonly players: Set<PlayerId>;
  /** The match that opened it, its queue and mean skill; of a room that belongs to no match "", "" and 0. */
  readonly matchId: MatchId | "";
  readonly queue: string;
  readonly skill: number;
  /** Its result is in the log. */
  reported: boolean;
}

/** A room that is no more and has not told its result. */
export interface ClosedRoom {
  readonly matchId: MatchId;
  readonly queue: string;
  readonly closedAtMs: number;
}

/** A seat that has to be released: its player was given another, or left before it was there. */
export interface Superseded {
  readonly playerId: PlayerId;
  readonly roomId: RoomId;
  readonly nodeId: NodeId;
}

/** Who sits where: each player in one room. */
export class Seats {
  readonly rooms = new Table<RoomId, PlacedRoom>();
  /** The one room each player sits in; a newer seat takes its place. */
  readonly seatOf = new Map<PlayerId, RoomId>();
  readonly closed = new Table<RoomId, ClosedRoom>();

  sit(
    player: PlayerId,
    id: RoomId,
    of: Pick<PlacedRoom, "nodeId" | "matchId" | "queue" | "skill">,
  ): Superseded | undefined {
    const before = this.seatOf.get(player);
    const left = before === undefined || before === id ? undefined : this.rooms.get(before);
    const room = this.rooms.get(id);
    if (room) {
      this.rooms.touch(id);
      room.players.add(player);
    } else this.rooms.set(id, { ...of, players: new Set([player]), reported: false });
    this.seatOf.set(player, id);
    if (before === undefined || !left) return undefined;
    this.rooms.touch(before);
    left.players.delete(player);
    return { playerId: player, roomId: before, nodeId: left.nodeId };
  }

  close(id: RoomId, nowMs: number): void {
    const room = this.rooms.get(id);
    if (!room) return;
    for (const player of room.players) this.seatOf.delete(player);
    this.rooms.delete(id);
    if (room.matchId !== "" && !room.reported)
      this.closed.set(id, { matchId: room.matchId, queue: room.queue, closedAtMs: nowMs });
  }

  /** The queue of a room whose first result this is; undefined: it does not count. */
  report(id: RoomId, matchId: string, nowMs: number): string | undefined {
    if (matchId === "") return undefined;
    const room = this.rooms.get(id);
    if (room?.matchId === matchId && !room.reported) {
      this.rooms.touch(id);
      room.reported = true;
      return room.queue;
    }
    const closed = this.closed.get(id);
    if (closed?.matchId !== matchId || nowMs - closed.closedAtMs >= CLOSED_ROOM_RETENTION_MS)
      return undefined;
    this.closed.delete(id);
    return closed.queue;
  }

  forget(nowMs: number): void {
    for (const [id, { closedAtMs }] of this.closed)
      if (nowMs - closedAtMs >= CLOSED_ROOM_RETENTION_MS) this.closed.delete(id);
  }
}
