import type { Clock, PlayerId } from "@warren/kernel";
import type { Lobby } from "@warren/matchmaking";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Lobbies } from "../tickets/lobbies.ts";
import { openEventStream } from "./event-stream.ts";
import { lobbyView } from "./lobby-view.ts";

/**
 * A lobby as Server-Sent Events: `lobby` with the whole of it after every change, and `left` at the end, when the player
 * is not in it any more. `id` is the place of the change in the log, the same on every replica. Who reads slowly is
 * spared what changed in between.
 */
export function streamLobby(options: {
  reply: FastifyReply;
  lobby: Lobby;
  player: PlayerId;
  domain: Domain;
  lobbies: Lobbies;
  clock: Clock;
  /** Sequence of the last change the client has; 0: none. */
  afterSeq: number;
  onClosed: () => void;
}): void {
  const { reply, lobby, player, domain, lobbies, clock } = options;
  let sentSeq = options.afterSeq;
  let offLobby = () => {};
  const stream = openEventStream({
    reply,
    clock,
    // The log cannot be reached: the next heartbeat tries again.
    onBeat: () => void lobbies.signOfLife(lobby, player).catch(() => {}),
    onDrain: () => send(),
    onClosed() {
      offLobby();
      options.onClosed();
    },
  });
  if (!stream) return;

  const send = () => {
    if (!stream.isOpen || lobby.seq <= sentSeq || stream.isBehind) return;
    sentSeq = lobby.seq;
    if (lobby.members.has(player)) return stream.write("lobby", lobby.seq, lobbyView(domain, lobby, player));
    stream.write("left", lobby.seq, { lobbyId: lobby.id, closed: lobby.closed });
    stream.end();
  };
  offLobby = lobbies.onLobby(lobby.id, send);
  send();
}
