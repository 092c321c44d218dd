import type { LobbyId, MatchId, PlayerId, ReplicaId, RoomId, TicketId } from "@warren/kernel";
import type { Match, QueueVersion } from "@warren/protocol/services";
import { Fold, type Proposed, type Result } from "./fold.ts";
import { type Lobby, type LobbyRow, lobbyRow } from "./lobbies.ts";
import { oneList } from "./one-of-a-kind.ts";
import type { ClosedRoom, PlacedRoom } from "./seats.ts";
import type { Table } from "./table.ts";
import { isFinal, type Ticket } from "./ticket.ts";
import { heldPlayer } from "./ticket-player.ts";

/** How the rows of one table are written, as JSON, and put back. */
interface Part {
  readonly table: (fold: Fold) => Table<string, unknown>;
  readonly write: (key: string, row: unknown) => unknown;
  readonly restore: (fold: Fold, written: unknown) => void;
}

function part<K extends string, V, W>(
  table: (fold: Fold) => Table<K, V>,
  write: (key: K, row: V) => W,
  restore: (fold: Fold, written: W) => void,
): Part {
  return { table, write, restore } as unknown as Part;
}

/** Everything of a fold that cannot be derived from the rest. The order is that of restoring. */
const PARTS: Readonly<Record<string, Part>> = {
  ticket: part<TicketId, Ticket, ReturnType<typeof ticketRow>>(
    (fold) => fold.tickets,
    (_, ticket) => ticketRow(ticket),
    (fold, row) => {
      const ticket = ticketOf(row);
      fold.tickets.set(ticket.id, ticket);
    },
  ),
  queue: part<string, QueueVersion, QueueVersion>(
    (fold) => fold.queues,
    (_, queue) => queue,
    (fold, queue) => fold.queues.set(queue.name, queue),
  ),
  proposed: part<MatchId, Proposed, readonly [Match, number, PlayerId[]]>(
    (fold) => fold.proposed,
    (_, { match, acceptByMs, accepted }) => [match, acceptByMs, [...accepted]],
    (fold, [match, acceptByMs, accepted]) =>
      fold.proposed.set(match.matchId as MatchId, { match, acceptByMs, accepted: new Set(accepted) }),
  ),
  placing: part<MatchId, Match, Match>(
    (fold) => fold.placing,
    (_, match) => match,
    (fold, match) => fold.placing.set(match.matchId as MatchId, match),
  ),
  cooldown: part<PlayerId, number, readonly [PlayerId, number]>(
    (fold) => fold.cooldowns,
    (player, untilMs) => [player, untilMs],
    (fold, [player, untilMs]) => fold.cooldowns.set(player, untilMs),
  ),
  result: part<MatchId, Result, Result>(
    (fold) => fold.results,
    (_, result) => result,
    (fold, result) => fold.results.set(result.result.matchId as MatchId, result),
  ),
  room: part<RoomId, PlacedRoom, readonly [RoomId, Omit<PlacedRoom, "players">, PlayerId[]]>(
    (fold) => fold.seats.rooms,
    (id, { players, ...room }) => [id, room, [...players]],
    (fold, [id, room, players]) => fold.seats.rooms.set(id, { ...room, players: new Set(players) }),
  ),
  closedRoom: part<RoomId, ClosedRoom, readonly [RoomId, ClosedRoom]>(
    (fold) => fold.seats.closed,
    (id, room) => [id, room],
    (fold, [id, room]) => fold.seats.closed.set(id, room),
  ),
  lobby: part<LobbyId, Lobby, LobbyRow>(
    (fold) => fold.lobbies.byId,
    (_, lobby) => lobbyRow(lobby),
    (fold, row) => fold.lobbies.restore(row),
  ),
  replica: part<ReplicaId, number, readonly [ReplicaId, number]>(
    (fold) => fold.streams.replicas,
    (id, heardMs) => [id, heardMs],
    (fold, [id, heardMs]) => fold.streams.replicas.set(id, heardMs),
  ),
};

interface Head {
  readonly seq: number;
  readonly timeMs: number;
  readonly epoch: number;
  readonly deciderSeq: number;
  readonly quietMs: number;
}

/**
 * The state as lines of JSON; {@link decodeFold} makes an equal one. The state is that of the moment the first line
 * was asked for, whatever is applied to the fold before the last is. One at a time; who stops early has to `return()`.
 */
export function* encodeFold(fold: Fold): Generator<string, void> {
  const early: string[] = [];
  const { seq, timeMs, epoch, deciderSeq } = fold;
  const head: Head = { seq, timeMs, epoch, deciderSeq, quietMs: fold.streams.quietMs };
  const tables = Object.entries(PARTS).map(([name, { table, write }]) => {
    const line = (key: string, row: unknown) => `${JSON.stringify([name, write(key, row)])}\n`;
    return { table: table(fold), line };
  });
  for (const { table, line } of tables) table.startSave((key, row) => early.push(line(key, row)));
  try {
    yield `${JSON.stringify(["fold", head])}\n`;
    for (const { table, line } of tables) for (const [key, row] of table.unsaved()) yield line(key, row);
    yield* early;
  } finally {
    for (const { table } of tables) table.endSave();
  }
}

/** Rows worked on between two yields once all are read. */
const ROWS_PER_YIELD = 500;

/**
 * Makes a fold of texts of whole lines; yields after each, and now and then at the end, for whoever lets others work
 * meanwhile. Throws when they are not of {@link encodeFold}.
 */
export function* decodeFold(texts: Iterable<string>): Generator<void, Fold> {
  const fold = new Fold();
  for (const text of texts) {
    const rows = JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as [
      name: string,
      written: unknown,
    ][];
    for (const [name, written] of rows) {
      if (name === "fold") {
        const { quietMs, ...head } = written as Head;
        Object.assign(fold, head);
        fold.streams.quietMs = quietMs;
      } else {
        const known = PARTS[name];
        if (!known) throw new Error(`a snapshot has rows of ${JSON.stringify(name)}, which nobody knows`);
        known.restore(fold, written);
      }
    }
    yield;
  }
  yield* derive(fold);
  return fold;
}

/** What follows from the rows. Rows come in any order, so what has one is sorted. */
function* derive(fold: Fold): Generator<void, void> {
  const finals: Ticket[] = [];
  const unwatched: Ticket[] = [];
  let count = 0;
  for (const ticket of fold.tickets.values()) {
    if (++count % ROWS_PER_YIELD === 0) yield;
    ticket.watchers = fold.streams.shared(ticket.watchers);
    if (isFinal(ticket)) {
      finals.push(ticket);
      continue;
    }
    if (ticket.status === "open") fold.open.add(ticket);
    if (ticket.unwatchedAtMs > 0) unwatched.push(ticket);
    for (const { id } of ticket.players) fold.openOf.set(id, ticket);
  }
  for (const ticket of finals.sort((a, b) => a.endedAtMs - b.endedAtMs)) fold.finals.push(ticket);
  for (const ticket of unwatched.sort((a, b) => a.unwatchedAtMs - b.unwatchedAtMs))
    fold.streams.unwatched.add(ticket);
  for (const [room, { players }] of fold.seats.rooms)
    for (const player of players) fold.seats.seatOf.set(player, room);
  fold.lobbies.sortHeard();
  const results = [...fold.results].sort(([, a], [, b]) => a.seq - b.seq);
  fold.results.clear();
  for (const [id, result] of results) fold.results.set(id, result);
}

/** Without names: there are many of them. */
function ticketRow(ticket: Ticket) {
  const { id, lobbyId, queues, postedAtMs, status, returns, returnedAtMs, watchers } = ticket;
  const players = ticket.players.map(
    (player) =>
      [
        player.id,
        player.joinJson,
        player.attributes.map(({ name, value, sigma }) => [name, value, sigma] as const),
        player.latencies.map(({ region, ms }) => [region, ms] as const),
      ] as const,
  );
  const { unwatchedAtMs, endedAtMs, history } = ticket;
  return [
    id,
    lobbyId,
    queues,
    postedAtMs,
    status,
    returns,
    returnedAtMs,
    watchers,
    unwatchedAtMs,
    endedAtMs,
    players,
    history,
  ] as const;
}

function ticketOf(row: ReturnType<typeof ticketRow>): Ticket {
  const [id, lobbyId, queues, postedAtMs, status, returns, returnedAtMs, watchers, ...rest] = row;
  const [unwatchedAtMs, endedAtMs, players, history] = rest;
  return {
    id,
    players: players.map(([player, joinJson, attributes, latencies]) =>
      heldPlayer(
        player,
        joinJson,
        attributes.map(([name, value, sigma]) => ({ name, value, sigma })),
        latencies.map(([region, ms]) => ({ region, ms })),
      ),
    ),
    queues: oneList(queues),
    lobbyId,
    postedAtMs,
    status,
    returns,
    returnedAtMs,
    watchers,
    unwatchedAtMs,
    endedAtMs,
    history,
  };
}
