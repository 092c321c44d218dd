import type { MatchId, NodeId, PlayerId, RoomId } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import { Fold, type Ticket } from "./fold.ts";

/** Everything of a fold that cannot be derived from the rest. */
interface FoldJson {
  readonly seq: number;
  readonly timeMs: number;
  readonly epoch: number;
  readonly deciderSeq: number;
  readonly tickets: readonly (Omit<Ticket, "attributes"> & { readonly attributes: [string, number][] })[];
  readonly placing: readonly Match[];
  readonly rooms: readonly [room: RoomId, node: NodeId, players: PlayerId[]][];
  readonly finals: readonly [ticket: string, atMs: number][];
}

/** The state as bytes; {@link decodeFold} makes an equal one. */
export function encodeFold(fold: Fold): Uint8Array {
  const json: FoldJson = {
    seq: fold.seq,
    timeMs: fold.timeMs,
    epoch: fold.epoch,
    deciderSeq: fold.deciderSeq,
    tickets: [...fold.tickets.values()].map((ticket) => ({ ...ticket, attributes: [...ticket.attributes] })),
    placing: [...fold.placing.values()],
    rooms: [...fold.rooms].map(([room, { nodeId, players }]) => [room, nodeId, [...players]]),
    finals: fold.finals.map(({ ticket, atMs }) => [ticket.id, atMs]),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Throws when the bytes are not of {@link encodeFold}. */
export function decodeFold(bytes: Uint8Array): Fold {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as FoldJson;
  const fold = new Fold();
  Object.assign(fold, { seq: json.seq, timeMs: json.timeMs, epoch: json.epoch, deciderSeq: json.deciderSeq });
  for (const { attributes, ...rest } of json.tickets) {
    const ticket: Ticket = { ...rest, attributes: new Map(attributes) };
    fold.tickets.set(ticket.id, ticket);
    if (ticket.status === "open") fold.open.add(ticket);
    if (ticket.status === "open" || ticket.status === "placing") fold.openOf.set(ticket.playerId, ticket);
  }
  for (const match of json.placing) fold.placing.set(match.matchId as MatchId, match);
  for (const [room, nodeId, players] of json.rooms) {
    fold.rooms.set(room, { nodeId, players: new Set(players) });
    for (const player of players) fold.seatOf.set(player, room);
  }
  for (const [id, atMs] of json.finals) {
    const ticket = fold.tickets.get(id as Ticket["id"]);
    if (ticket) fold.finals.push({ ticket, atMs });
  }
  return fold;
}
