import type { Clock, PlayerId } from "@warren/kernel";
import type { Lobby } from "@warren/matchmaking";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Lobbies } from "../tickets/lobbies.ts";
import { EventStream } from "./event-stream.ts";
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
  const { reply, lobby, player, domain, lobbies, clock, onClosed } = options;
  let sentSeq = options.afterSeq;
  let offLobby = () => {};
  const send = () => {
    if (stream.closed || lobby.seq <= sentSeq || stream.isFull) return;
    sentSeq = lobby.seq;
    if (lobby.members.has(player)) return stream.write("lobby", lobby.seq, lobbyView(domain, lobby, player));
    stream.write("left", lobby.seq, { lobbyId: lobby.id, closed: lobby.closed });
    stream.end();
  };
  // The log cannot be reached: the next heartbeat tries again.
  const alive = () => void lobbies.signOfLife(lobby, player).catch(() => {});
  const stream = new EventStream(reply, clock, {
    closed: () => {
      offLobby();
      onClosed();
    },
    drained: send,
    beat: alive,
  });
  if (stream.closed) return;
  offLobby = lobbies.onLobby(lobby.id, send);
  alive();
  send();
}
