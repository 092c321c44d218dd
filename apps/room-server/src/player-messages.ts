import type { Cluster, LiveNodes } from "@warren/cluster";
import {
  BROADCAST_SUBJECT,
  messageSubject,
  PlayerNodes,
  Presence,
  tellPlayer,
} from "@warren/cluster/presence";
import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Message } from "@warren/protocol";
import { Broadcast, MessageOutcome, PlayerMessage, PlayerMessageAnswer } from "@warren/protocol/services";
import type { RoomTell, SessionHost } from "@warren/room";
import type { Logger } from "@warren/service";
import type { RoomServerMetrics } from "./metrics.ts";

/** While the directory cannot be written, the log says so once in this time. */
const FAILURE_LOG_MS = 10_000;

export interface PlayerMessagesOptions {
  readonly nodeId: NodeId;
  readonly cluster: Cluster;
  readonly nodes: LiveNodes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RoomServerMetrics;
}

/** Makes this node's players reachable: says in the directory who is here, and hands on what comes for them, and what its rooms tell others. */
export class PlayerMessages {
  readonly presence: Presence;
  readonly #players: PlayerNodes;
  readonly #options: PlayerMessagesOptions;
  #stops: (() => void)[] = [];

  constructor(options: PlayerMessagesOptions) {
    const { nodeId, cluster, nodes, clock, log, metrics } = options;
    this.#options = options;
    this.#players = new PlayerNodes({ directory: cluster.directory, nodes, clock });
    let loggedAtMs = Number.NEGATIVE_INFINITY;
    this.presence = new Presence({
      nodeId,
      directory: cluster.directory,
      nodes,
      clock,
      onWritten: () => {
        metrics.presenceWrites.inc({ outcome: "written" });
        metrics.presenceWaiting.set(this.presence.waiting);
      },
      onFailed: (error) => {
        metrics.presenceWaiting.set(this.presence.waiting);
        metrics.presenceWrites.inc({ outcome: "failed" });
        if (clock.monotonicMs() - loggedAtMs < FAILURE_LOG_MS) return;
        loggedAtMs = clock.monotonicMs();
        log.warn(
          { event: "presence.failed", err: error },
          "who is here could not be written; it is tried again",
        );
      },
    });
  }

  /** Hands on what comes by the bus from now on. */
  async listen(sessions: SessionHost): Promise<void> {
    const { nodeId, cluster, metrics } = this.#options;
    this.#stops = await Promise.all([
      cluster.bus.subscribe(messageSubject(nodeId), (bytes) => {
        const { playerId, messageId, topic, dataJson: data } = PlayerMessage.decode(bytes);
        const isHere = sessions.message(playerId as PlayerId, { messageId, topic, data });
        metrics.messages.inc({ outcome: isHere ? "delivered" : "not_here" });
        const outcome = isHere ? MessageOutcome.OK : MessageOutcome.NOT_HERE;
        return PlayerMessageAnswer.encode({ outcome }).finish();
      }),
      cluster.bus.subscribe(BROADCAST_SUBJECT, (bytes) => {
        const { messageId, topic, dataJson: data } = Broadcast.decode(bytes);
        metrics.messages.inc({ outcome: "broadcast" });
        sessions.broadcast({ messageId, topic, data });
        return undefined;
      }),
    ]);
  }

  /** Brings a room's message to the player, wherever the player is. Answers whether it was delivered. */
  async tell({ player, message }: RoomTell, sessions: SessionHost): Promise<boolean> {
    const { nodeId, cluster, clock, log, metrics } = this.#options;
    // The room's code is running.
    await Promise.resolve();
    try {
      const here = { nodeId, deliver: (to: PlayerId, what: Message) => sessions.message(to, what) };
      const told = await tellPlayer(
        { bus: cluster.bus, players: this.#players, clock, here },
        player,
        message,
      );
      metrics.tells.inc({ outcome: told });
      return told === "delivered";
    } catch (error) {
      log.error({ event: "tell.failed", err: error }, "a room's message to a player failed");
      metrics.tells.inc({ outcome: "unknown" });
      return false;
    }
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.presence.close();
  }
}
