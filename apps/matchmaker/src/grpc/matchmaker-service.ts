import { WarrenError } from "@warren/protocol";
import { type MatchmakerServiceServer, MatchmakerServiceService } from "@warren/protocol/services";
import {
  type Logger,
  type RunningGrpcServer,
  type ServiceKeys,
  startGrpcServer,
  toServiceError,
} from "@warren/service";
import type { MatchmakerConfig } from "../config.ts";
import type { StreamSlots } from "../tickets/stream-slots.ts";
import { reportResults } from "./report-results.ts";
import { type WatchParts, watchTicket } from "./watch-ticket.ts";

interface MatchmakerServiceOptions extends WatchParts {
  readonly config: Pick<MatchmakerConfig, "grpcHost" | "grpcPort">;
  readonly keys: ServiceKeys;
  readonly slots: StreamSlots;
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
  const ends = new Set<(error: Error) => void>();
  options.domain.onLeft(() => {
    for (const end of ends)
      end(new WarrenError("UNAVAILABLE", "This replica cannot follow the log; ask another."));
  });
  const handlers: MatchmakerServiceServer = {
    reportResults(stream, answer) {
      reportResults(stream, options.domain).then(
        () => answer(null, {}),
        (error: unknown) => (stream.cancelled ? undefined : answer(failed(error))),
      );
    },
    watchTicket(stream) {
      const watch = async () => {
        const giveBack = options.slots.take(undefined);
        let end: (error: Error) => void = () => {};
        const cut = new Promise<never>((_, reject) => {
          end = reject;
        });
        ends.add(end);
        try {
          await Promise.race([cut, watchTicket(stream, options)]);
        } finally {
          ends.delete(end);
          giveBack();
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
    keys: options.keys,
    service: MatchmakerServiceService,
    handlers,
    ready: options.ready,
  });
}
