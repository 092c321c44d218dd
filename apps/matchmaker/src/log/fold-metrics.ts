import { isFinal } from "@warren/matchmaking";
import type { MatchmakerMetrics } from "../metrics.ts";
import type { Domain } from "./domain.ts";

type FoldMetrics = Pick<
  MatchmakerMetrics,
  "folded" | "openTickets" | "proposed" | "placing" | "lobbies" | "cooldowns" | "ended" | "waits"
>;

/** Shows what the fold holds, and counts how tickets end; what was before this process is not counted again. */
export function measureFold(domain: Domain, metrics: FoldMetrics): void {
  domain.onChanges(({ tickets }) => {
    const { fold } = domain;
    metrics.folded.inc();
    metrics.openTickets.set(fold.open.size);
    metrics.proposed.set(fold.proposed.size);
    metrics.placing.set(fold.placing.size);
    metrics.lobbies.set(fold.lobbies.byId.size);
    metrics.cooldowns.set(fold.cooldowns.size);
    if (!domain.caughtUp) return;
    for (const ticket of tickets) {
      const end = ticket.history.at(-1);
      if (!end || !isFinal(ticket)) continue;
      metrics.ended.inc({ end: "cause" in end ? end.cause : end.type });
      if (end.type === "assigned")
        metrics.waits.observe({ queue: end.queue }, (ticket.endedAtMs - ticket.postedAtMs) / 1_000);
    }
  });
}
