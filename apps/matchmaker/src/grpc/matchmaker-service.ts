import type { Clock } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { type MatchmakerServiceServer, MatchmakerServiceService } from "@warren/protocol/services";
import { type Logger, type RunningGrpcServer, startGrpcServer, toServiceError } from "@warren/service";
import type { Auth } from "../auth.ts";
import type { MatchmakerConfig } from "../config.ts";
import type { Domain } from "../domain.ts";
import type { Tickets } from "../tickets.ts";
import { reportResults } from "./report-results.ts";
import { watchTicket } from "./watch-ticket.ts";

export interface MatchmakerServiceOptions {
  readonly config: Pick<MatchmakerConfig, "grpcHost" | "grpcPort" | "streamsMax">;
  readonly auth: Auth;
  readonly domain: Domain;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly log: Logger;
  ready(): boolean;
}

/** The gRPC side of a replica: room-servers report results, studios' backends follow tickets. */
export function startMatchmakerService(options: MatchmakerServiceOptions): Promise<RunningGrpcServer> {
  const { config, log } = options;
  const failed = (error: unknown) => {
    const ours = WarrenError.from(error);
    if (ours.code === "INTERNAL")
      log.error({ event: "rpc.failed", err: error }, "a request of another service failed");
    return toServiceError(ours);
  };
  let watchers = 0;
  const handlers: MatchmakerServiceServer = {
    reportResults(stream, answer) {
      reportResults(stream, options.domain).then(
        () => answer(null, {}),
        (error: unknown) => answer(failed(error)),
      );
    },
    watchTicket(stream) {
      const watch = async () => {
        if (watchers >= config.streamsMax)
          throw new WarrenError("RATE_LIMITED", `${watchers} tickets are watched, as many as accepted`);
        watchers++;
        try {
          await watchTicket(stream, options);
        } finally {
          watchers--;
        }
      };
      watch().then(
        () => stream.end(),
        (error: unknown) => stream.emit("error", failed(error)),
      );
    },
  };
  return startGrpcServer({
    host: config.grpcHost,
    port: config.grpcPort,
    services: ["warren.matchmaking.v1.MatchmakerService"],
    ready: options.ready,
    add: (server) => server.addService(MatchmakerServiceService, handlers),
  });
}
