import type { Cluster, LiveNodes } from "@warren/cluster";
import { BROADCAST_SUBJECT, PlayerNodes, tellPlayer } from "@warren/cluster/presence";
import type { Clock, PlayerId } from "@warren/kernel";
import { type Message, WarrenError } from "@warren/protocol";
import { Broadcast } from "@warren/protocol/services";
import type { MatchmakerMetrics } from "../metrics.ts";

/** Tells players something, wherever they are connected. */
export class PlayerTeller {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #metrics: MatchmakerMetrics;
  readonly #players: PlayerNodes;

  constructor(options: { cluster: Cluster; nodes: LiveNodes; clock: Clock; metrics: MatchmakerMetrics }) {
    const { cluster, nodes, clock, metrics } = options;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#players = new PlayerNodes({ directory: cluster.directory, nodes, clock });
  }

  /** Resolves when a session of the player has it. Throws PLAYER_OFFLINE, or UNAVAILABLE: then the same id may be sent again. */
  async tell(player: PlayerId, message: Message): Promise<void> {
    const { bus } = this.#cluster;
    const told = await tellPlayer({ bus, players: this.#players, clock: this.#clock }, player, message);
    this.#metrics.messages.inc({ outcome: told });
    if (told === "offline") throw new WarrenError("PLAYER_OFFLINE");
    if (told === "unknown")
      throw new WarrenError("UNAVAILABLE", "Not every server that may have the player could be asked.");
  }

  /** Tells every session of every node that can be reached now, at most once. Throws UNAVAILABLE. */
  broadcast({ messageId, topic, data }: Message): void {
    if (!this.#cluster.healthy()) throw new WarrenError("UNAVAILABLE", "No server can be reached right now.");
    this.#cluster.bus.publish(
      BROADCAST_SUBJECT,
      Broadcast.encode({ messageId, topic, dataJson: data }).finish(),
    );
    this.#metrics.messages.inc({ outcome: "broadcast" });
  }
}
