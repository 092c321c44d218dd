import { Metadata } from "@grpc/grpc-js";
import { MatchmakerServiceClient, type ResultReported } from "@warren/protocol/services";
import { fromServiceError, type ServiceKeys } from "@warren/service";

/** The replica writes all of them to the log before it answers. */
const DEADLINE_MS = 5_000;

/** Tells a replica how matches ended. Resolves when all of it is in the log. */
export async function reportResults(
  keys: ServiceKeys,
  address: string,
  results: readonly ResultReported[],
): Promise<void> {
  const { credentials, options } = keys.client("matchmaker");
  const client = new MatchmakerServiceClient(address, credentials, options);
  try {
    await new Promise<void>((resolve, reject) => {
      const call = client.reportResults(new Metadata(), { deadline: Date.now() + DEADLINE_MS }, (error) =>
        error ? reject(fromServiceError(error)) : resolve(),
      );
      // What goes wrong is told to the callback, too.
      call.on("error", () => {});
      for (const result of results) call.write({ result });
      call.end();
    });
  } finally {
    client.close();
  }
}
