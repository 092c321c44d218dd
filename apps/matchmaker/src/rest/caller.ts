import { type PlayerId, parsePlayerId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { FastifyRequest } from "fastify";
import type { Auth, Caller } from "../auth.ts";

type Scope = "tickets" | "read";

/** Who a ticket is for: the player who asks, or the one a server key names. Only a server key is trusted with attributes. */
export function playerOf(caller: Caller, body: { playerId?: string; attributes?: unknown }): PlayerId {
  if (caller.kind === "player") {
    if (body.playerId !== undefined && body.playerId !== caller.playerId)
      throw new WarrenError("FORBIDDEN", "playerId is another's; only a server key may post for others");
    if (body.attributes !== undefined)
      throw new WarrenError(
        "FORBIDDEN",
        "attributes are only accepted with a server key; a client could say anything",
      );
    return caller.playerId;
  }
  requireScope(caller, "tickets");
  return parsePlayerId(body.playerId, "playerId");
}

function requireScope(caller: Caller & { kind: "server" }, scope: Scope): void {
  if (!caller.scopes.has(scope))
    throw new WarrenError("FORBIDDEN", `the server key lacks the scope ${scope}`);
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

/** The player who asks; a server key will not do. */
export async function playerOnly(auth: Auth, request: FastifyRequest): Promise<PlayerId> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player") return caller.playerId;
  throw new WarrenError("FORBIDDEN", "a server key has no seat; use a player's token");
}
