import type { MatchId, NodeId, PlayerId, RoomId, TicketId } from "@warren/kernel";
import { Fold } from "../fold/fold.ts";
import type { Attribute, Ticket } from "../fold/ticket.ts";
import type { NodeSpace, OpenRoom, Surroundings } from "../matcher/surroundings.ts";

export const NOW_MS = 1_000_000;

/** What a test says of a ticket; every player of it is the same. */
export interface Waiting {
  readonly id: string;
  readonly ageMs?: number;
  readonly players?: number;
  readonly queues?: readonly string[];
  readonly mmr?: number | readonly number[];
  readonly sigma?: number;
  readonly build?: string;
  readonly maps?: readonly string[];
  readonly roles?: readonly string[] | readonly (readonly string[])[];
  readonly ms?: Readonly<Record<string, number>>;
  readonly returns?: number;
  readonly returnedAgoMs?: number;
}

/** An open ticket, as a fold would have it. */
export function ticketOf(said: Waiting, nowMs = NOW_MS): Ticket {
  const count = said.players ?? (Array.isArray(said.mmr) ? said.mmr.length : 1);
  return {
    id: said.id as TicketId,
    players: Array.from({ length: count }, (_, i) => ({
      id: `${said.id}-${i}` as PlayerId,
      joinJson: "{}",
      attributes: attributesOf(said, i),
      latencies: Object.entries(said.ms ?? {}).map(([region, ms]) => ({ region, ms })),
    })),
    queues: said.queues ?? ["q"],
    lobbyId: "",
    postedAtMs: nowMs - (said.ageMs ?? 0),
    status: "open",
    returns: said.returns ?? 0,
    returnedAtMs: said.returns ? nowMs - (said.returnedAgoMs ?? 0) : 0,
    watchers: [],
    unwatchedAtMs: 0,
    endedAtMs: 0,
    history: [],
  };
}

function attributesOf({ mmr, sigma = 0, build, maps, roles }: Waiting, player: number): Attribute[] {
  const list: Attribute[] = [];
  const number = Array.isArray(mmr) ? mmr[player] : mmr;
  if (number !== undefined) list.push({ name: "mmr", value: number as number, sigma });
  if (build !== undefined) list.push({ name: "build", value: build, sigma: 0 });
  if (maps) list.push({ name: "maps", value: maps, sigma: 0 });
  const role = Array.isArray(roles?.[0]) ? (roles as string[][])[player] : roles;
  if (role) list.push({ name: "role", value: role as string[], sigma: 0 });
  return list;
}

/** A fold in which these wait, the oldest first. */
export function waiting(...tickets: Waiting[]): Fold {
  const fold = new Fold();
  for (const said of [...tickets].sort((a, b) => (b.ageMs ?? 0) - (a.ageMs ?? 0))) {
    const ticket = ticketOf(said);
    fold.tickets.set(ticket.id, ticket);
    fold.open.add(ticket);
  }
  return fold;
}

export const node = (
  name = "n_1",
  freeRooms = 10_000,
  region = "",
  rooms = ["arena"],
  freeSeats = 1_000_000,
): NodeSpace => ({
  nodeId: name as NodeId,
  region,
  rooms: new Set(rooms),
  freeRooms,
  freeSeats,
});

export const openRoom = (name: string, free: number[], said: Partial<OpenRoom> = {}): OpenRoom => ({
  roomId: name as RoomId,
  nodeId: "n_1" as NodeId,
  queue: "q",
  generation: 1,
  region: "",
  skill: 1_000,
  free,
  ...said,
});

/** What a look is taken with: one node with space, time without end. */
export function surroundings(said: Partial<Surroundings> = {}): Surroundings {
  let count = 0;
  return {
    nowMs: NOW_MS,
    openRooms: [],
    nodes: [node()],
    newMatchId: () => `m_main_1_${++count}` as MatchId,
    newRoomId: (match) => `r_${match.slice(2)}` as RoomId,
    isOver: () => false,
    ...said,
  };
}
