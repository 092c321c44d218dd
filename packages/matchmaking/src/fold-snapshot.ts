import type { MatchId, PlayerId, RoomId } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import { Fold, type PlacedRoom } from "./fold.ts";
import { Lobbies, type LobbiesJson } from "./lobbies.ts";
import type { Ticket } from "./ticket.ts";

/** Everything of a fold that cannot be derived from the rest. */
interface FoldJson {
  readonly seq: number;
  readonly timeMs: number;
  readonly epoch: number;
  readonly deciderSeq: number;
  readonly tickets: readonly Ticket[];
  readonly placing: readonly Match[];
  readonly rooms: readonly [room: RoomId, placed: Omit<PlacedRoom, "players">, players: PlayerId[]][];
  readonly lobbies: LobbiesJson;
  readonly finals: readonly [ticket: string, atMs: number][];
}

/** The state as bytes; {@link decodeFold} makes an equal one. */
export function encodeFold(fold: Fold): Uint8Array {
  const json: FoldJson = {
    seq: fold.seq,
    timeMs: fold.timeMs,
    epoch: fold.epoch,
    deciderSeq: fold.deciderSeq,
    tickets: [...fold.tickets.values()],
    placing: [...fold.placing.values()],
    rooms: [...fold.rooms].map(([room, { players, ...placed }]) => [room, placed, [...players]]),
    lobbies: fold.lobbies.toJson(),
    finals: fold.finals.map(({ ticket, atMs }) => [ticket.id, atMs]),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Throws when the bytes are not of {@link encodeFold}. */
export function decodeFold(bytes: Uint8Array): Fold {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as FoldJson;
  const fold = new Fold();
  Object.assign(fold, { seq: json.seq, timeMs: json.timeMs, epoch: json.epoch, deciderSeq: json.deciderSeq });
  for (const ticket of json.tickets) {
    fold.tickets.set(ticket.id, ticket);
    if (ticket.status === "open") fold.open.add(ticket);
    if (ticket.status === "open" || ticket.status === "placing")
      for (const { id } of ticket.players) fold.openOf.set(id, ticket);
  }
  for (const match of json.placing) fold.placing.set(match.matchId as MatchId, match);
  for (const [room, placed, players] of json.rooms) {
    fold.rooms.set(room, { ...placed, players: new Set(players) });
    for (const player of players) fold.seatOf.set(player, room);
  }
  fold.lobbies = Lobbies.fromJson(json.lobbies);
  for (const [id, atMs] of json.finals) {
    const ticket = fold.tickets.get(id as Ticket["id"]);
    if (ticket) fold.finals.push({ ticket, atMs });
  }
  return fold;
}
