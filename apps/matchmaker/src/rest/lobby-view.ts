import type { PlayerId } from "@warren/kernel";
import type { Lobby } from "@warren/matchmaking";
import type { Domain } from "../log/domain.ts";

/** A lobby as one of its members sees it: `ticketId` is there when the member is in its ticket. */
export function lobbyView({ fold }: Domain, lobby: Lobby, playerId: PlayerId) {
  const ticket = lobby.ticketId === "" ? undefined : fold.tickets.get(lobby.ticketId);
  const isInTicket = ticket?.players.some(({ id }) => id === playerId) === true;
  return {
    lobbyId: lobby.id,
    joinCode: lobby.joinCode,
    size: lobby.size,
    playerId,
    leaderId: lobby.leaderId,
    queues: lobby.queues,
    members: [...lobby.members].map(([id, { player, ready }]) => ({
      playerId: id,
      ready,
      ...(player.joinJson === "" ? {} : { join: JSON.parse(player.joinJson) }),
    })),
    ...(isInTicket ? { ticketId: lobby.ticketId } : {}),
  };
}
