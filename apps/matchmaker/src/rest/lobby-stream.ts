import type { Clock, PlayerId } from "@warren/kernel";
import type { Lobby } from "@warren/matchmaking";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Lobbies } from "../tickets/lobbies.ts";
import { EventStream } from "./event-stream.ts";
import { lobbyView } from "./lobby-view.ts";

/** Changes that come closer are told together: each costs the whole of the lobby, for each of its members. */
const REST_MS = 100;

/**
 * A lobby as Server-Sent Events: `lobby` with the whole of it after changes, and `left` at the end, when the player
 * is not in it any more. `id` is the place of the change in the log, the same on every replica. Who reads slowly is
 * spared what changed in between, and so is everyone when changes come quickly.
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
  let isResting = false;
  let cancelRest = () => {};
  const send = () => {
    if (stream.closed || lobby.seq <= sentSeq || stream.isFull || isResting) return;
    sentSeq = lobby.seq;
    isResting = true;
    cancelRest = clock.after(REST_MS, () => {
      isResting = false;
      send();
    });
    if (lobby.members.has(player)) return stream.write("lobby", lobby.seq, lobbyView(domain, lobby, player));
    stream.write("left", lobby.seq, { lobbyId: lobby.id, closed: lobby.closed });
    stream.end();
  };
  // The log cannot be reached: the next heartbeat tries again.
  const alive = () => void lobbies.signOfLife(lobby, player).catch(() => {});
  const stream = new EventStream(reply, clock, {
    closed: () => {
      offLobby();
      cancelRest();
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
