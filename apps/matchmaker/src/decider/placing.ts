import type { MatchId, NodeId, TicketId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { type Match, type Placement, Reserve_Mode } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { Domain } from "../log/domain.ts";
import type { MatchmakerMetrics } from "../metrics.ts";
import { epochOf } from "../rooms/node-link.ts";
import type { MatchNodes } from "./match-nodes.ts";

/**
 * Asks the nodes for the seats of matches that are decided. A match is asked for as often as deciders come and go:
 * nodes know a match again. Answers wait here until they are written.
 *
 *   decided ──asked──▶ answered ──written──▶ (the fold's)
 */
export class Placing {
  readonly #domain: Domain;
  readonly #nodes: MatchNodes;
  readonly #log: Logger;
  readonly #metrics: MatchmakerMetrics;
  readonly #onAnswer: (match: Match, code: string) => void;
  readonly #asked = new Set<MatchId>();
  #answers = new Map<MatchId, Placement>();

  constructor(options: {
    domain: Domain;
    nodes: MatchNodes;
    log: Logger;
    metrics: MatchmakerMetrics;
    /** A node answered for a match; code empty: it has the seats. */
    onAnswer: (match: Match, code: string) => void;
  }) {
    this.#domain = options.domain;
    this.#nodes = options.nodes;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#onAnswer = options.onAnswer;
  }

  /** Asks for every match that nobody was asked for, also those of a decider before. */
  ask(): void {
    for (const [matchId, match] of this.#domain.fold.placing) {
      if (this.#asked.has(matchId)) continue;
      this.#asked.add(matchId);
      void this.#ask(matchId, match);
    }
  }

  /** Answers that are to be written, `countMax` at the most. They stay until {@link written}, and are asked for no more. */
  answers(countMax: number): Placement[] {
    const placements: Placement[] = [];
    for (const [matchId, placement] of this.#answers) {
      if (placements.length >= countMax) break;
      if (this.#domain.fold.placing.has(matchId)) placements.push(placement);
      else this.#drop(matchId);
    }
    return placements;
  }

  written(placements: readonly Placement[]): void {
    for (const { matchId } of placements) this.#drop(matchId as MatchId);
  }

  #drop(matchId: MatchId): void {
    this.#answers.delete(matchId);
    this.#asked.delete(matchId);
  }

  async #ask(matchId: MatchId, match: Match): Promise<void> {
    let placement: Placement;
    try {
      const roomEpoch = await this.#reserve(match);
      placement = { matchId, ok: true, roomEpoch, errorCode: "" };
    } catch (error) {
      const { code, message } = WarrenError.from(error);
      placement = { matchId, ok: false, roomEpoch: 0, errorCode: code };
      this.#metrics.refusals.inc({ code });
      this.#log.warn(
        { event: "match.refused", matchId, nodeId: match.nodeId, code },
        `a match could not be placed: ${message}`,
      );
    }
    this.#answers.set(matchId, placement);
    this.#onAnswer(match, placement.errorCode);
  }

  async #reserve(match: Match): Promise<number> {
    const config = this.#domain.queues.get(match.queue);
    if (!config) throw new WarrenError("QUEUE_UNKNOWN");
    const node = this.#nodes.get(match.nodeId as NodeId);
    if (!node) throw new WarrenError("UNAVAILABLE", "The node is gone.");
    const isBackfill = match.backfillGeneration > 0;
    const reply = await node.reserve({
      roomId: match.roomId,
      mode: isBackfill ? Reserve_Mode.JOIN : Reserve_Mode.CREATE,
      spec: {
        roomName: config.room,
        optionsJson: JSON.stringify(config.options),
        fillTo: match.fillTo,
        queue: match.queue,
        backfill: config.backfill !== "none",
        joinCode: "",
        matchId: match.matchId,
        listed: false,
        teamSize: config.teams.size,
        teams: config.teams.count,
      },
      seats: match.tickets.flatMap(({ ticketId, team, roles }) =>
        (this.#domain.fold.tickets.get(ticketId as TicketId)?.players ?? []).map(({ id, joinJson }, i) => ({
          playerId: id,
          joinJson,
          team,
          role: roles[i] ?? "",
        })),
      ),
      backfillGeneration: match.backfillGeneration,
    });
    return epochOf(reply);
  }
}
