import type { ServerResponse } from "node:http";
import type { Clock, PlayerId } from "@warren/kernel";
import type { Lobby } from "@warren/matchmaking";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Lobbies } from "../tickets/lobbies.ts";
import { lobbyView } from "./lobby-view.ts";

/** A comment line this often keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

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
  reply.hijack();
  const raw = reply.raw as ServerResponse;
  // Gone while the lobby was looked up: its `close` will not come again.
  if (raw.destroyed) return onClosed();
  const headers = {
    ...reply.getHeaders(),
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  raw.writeHead(200, headers as Record<string, string>);
  raw.flushHeaders();
  let sentSeq = options.afterSeq;
  let closed = false;
  let cancelHeartbeat = () => {};

  const close = () => {
    if (closed) return;
    closed = true;
    offLobby();
    cancelHeartbeat();
    onClosed();
  };
  const write = (event: string, data: unknown) =>
    raw.write(`id: ${lobby.seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const send = () => {
    if (closed || lobby.seq <= sentSeq || raw.writableNeedDrain) return;
    sentSeq = lobby.seq;
    if (lobby.members.has(player)) return void write("lobby", lobbyView(domain, lobby, player));
    write("left", { lobbyId: lobby.id, closed: lobby.closed });
    raw.end();
    close();
  };
  const alive = () => {
    // The log cannot be reached: the next heartbeat tries again.
    lobbies.signOfLife(lobby, player).catch(() => {});
    cancelHeartbeat = clock.after(HEARTBEAT_MS, () => {
      raw.write(": still here\n\n");
      alive();
    });
  };
  const offLobby = lobbies.onLobby(lobby.id, send);
  raw.on("drain", send);
  raw.on("close", close);
  raw.on("error", close);
  alive();
  send();
}
