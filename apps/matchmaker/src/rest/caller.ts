import { InputError, type PlayerId, parsePlayerId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { FastifyRequest } from "fastify";
import type { Auth, Caller } from "../auth.ts";
import type { RequestedPlayer, TicketRequest } from "../tickets/ticket-request.ts";

type Scope = "tickets" | "read" | "messages";

interface PlayerBody {
  readonly playerId?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly latencies?: Readonly<Record<string, number>>;
  readonly join?: unknown;
}

export interface TicketBody extends PlayerBody {
  readonly queues: readonly string[];
  readonly players?: readonly PlayerBody[];
  readonly lobby?: string;
  readonly replace?: boolean;
}

/**
 * Who a ticket is for: the player who asks, the ones a server key names, or a lobby. Only a server key is trusted with
 * attributes, and only it may say who plays together.
 */
export function ticketRequest(caller: Caller, body: TicketBody, idempotencyKey: string): TicketRequest {
  const { queues, players, lobby, replace = false } = body;
  const base = { queues, replace, idempotencyKey };
  if (caller.kind === "player" && body.playerId !== undefined && body.playerId !== caller.playerId)
    throw forbidden("playerId", "playerId is another's; only a server key may post for others");
  if (caller.kind === "player" && players !== undefined)
    throw forbidden(
      "players",
      "players are named by a server key; players who come as one gather in a lobby",
    );
  if (caller.kind === "server") requireScope(caller, "tickets");
  if (lobby !== undefined) {
    for (const name of ["players", "attributes", "latencies", "join"] as const)
      if (body[name] !== undefined)
        throw new InputError(name, body[name], "nothing beside lobby: its members have said it there");
    const playerId = caller.kind === "player" ? caller.playerId : parsePlayerId(body.playerId, "playerId");
    return { ...base, playerId, from: { lobbyId: lobby } };
  }
  const from = players ? partyOf(body, players) : [requestedOf(caller, body)];
  return { ...base, playerId: from[0]!.playerId, from };
}

function partyOf(body: TicketBody, players: readonly PlayerBody[]): RequestedPlayer[] {
  for (const name of ["playerId", "attributes", "latencies", "join"] as const)
    if (body[name] !== undefined)
      throw new InputError(name, body[name], "nothing beside players: each of them has its own");
  const seen = new Set<PlayerId>();
  return players.map((player, i) => {
    const path = `players.${i}.`;
    const playerId = parsePlayerId(player.playerId, `${path}playerId`);
    if (seen.has(playerId)) throw new InputError(`${path}playerId`, playerId, "each player once");
    seen.add(playerId);
    return { ...player, playerId, isTrusted: true, path };
  });
}

function requestedOf(caller: Caller, { attributes, latencies, join, playerId }: PlayerBody): RequestedPlayer {
  const said = { attributes, latencies, join, path: "" };
  if (caller.kind === "server")
    return { ...said, playerId: parsePlayerId(playerId, "playerId"), isTrusted: true };
  return { ...said, playerId: caller.playerId, claims: caller.claims, isTrusted: false };
}

function forbidden(field: string, detail: string): WarrenError {
  return new WarrenError("FORBIDDEN", detail, { details: { field } });
}

/** Throws FORBIDDEN. */
export function requireScope(caller: Caller & { kind: "server" }, scope: Scope): void {
  if (!caller.scopes.has(scope)) throw forbidden("authorization", `the server key lacks the scope ${scope}`);
}

/** The player whose things may be seen; undefined: everyone's, for a server key. */
export async function ownerOnly(
  auth: Auth,
  request: FastifyRequest,
  scope: Scope,
): Promise<PlayerId | undefined> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player") return caller.playerId;
  requireScope(caller, scope);
  return undefined;
}

/** The player a request is about: who asks, or for a server key the one it names in `field`; `me` is who asks. */
export async function playerNamed(
  auth: Auth,
  request: FastifyRequest,
  scope: Scope,
  field: string,
  name: string | undefined,
): Promise<PlayerId> {
  return namedBy(await auth.caller(request.headers.authorization), scope, field, name);
}

/** As {@link playerNamed}, for a caller who is known. */
export function namedBy(caller: Caller, scope: Scope, field: string, name: string | undefined): PlayerId {
  if (caller.kind === "server") {
    requireScope(caller, scope);
    if (name === "me") throw new InputError(field, name, "the id of a player; a server key is nobody");
    return parsePlayerId(name, field);
  }
  if (name !== undefined && name !== "me" && name !== caller.playerId)
    throw forbidden(field, `${field} is another's; only a server key may ask for others`);
  return caller.playerId;
}

/** Only a server key will do. Throws FORBIDDEN. */
export async function serverOnly(auth: Auth, request: FastifyRequest, scope: Scope): Promise<void> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player")
    throw forbidden("authorization", `only a server key with the scope ${scope} may`);
  requireScope(caller, scope);
}

/** The player who asks; a server key will not do. */
export async function playerOnly(auth: Auth, request: FastifyRequest): Promise<PlayerId> {
  return (await selfOnly(auth, request)).playerId;
}

/** As {@link playerOnly}, with what the player's token says. */
export async function selfOnly(auth: Auth, request: FastifyRequest): Promise<Caller & { kind: "player" }> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player") return caller;
  throw forbidden("authorization", "a server key has no seat; use a player's token");
}
