import { parseMatchId } from "@warren/kernel";
import type { FastifyInstance } from "fastify";
import { idOrNotFound } from "../id-or-not-found.ts";
import { vote } from "../tickets/votes.ts";
import { playerNamed } from "./caller.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, secured, voteBody, votedSchema } from "./schemas.ts";

/** A match is answered once; more is somebody who tries ids. */
const VOTES_PER_MINUTE_MAX = 120;

export function matchRoutes(app: FastifyInstance, { auth, domain }: RestOptions): void {
  for (const [verb, accepts] of [
    ["accept", true],
    ["decline", false],
  ] as const) {
    app.post<{ Params: { match: string }; Body: { playerId?: string } | null | undefined }>(
      `/v1/matches/:match/${verb}`,
      {
        config: { rateLimit: { max: VOTES_PER_MINUTE_MAX } },
        schema: {
          ...secured(accepts ? "Accept a proposed match" : "Decline a proposed match", "tickets"),
          body: voteBody,
          response: { 200: votedSchema, ...failures },
        },
      },
      async (request) => {
        const name = request.body?.playerId;
        const playerId = await playerNamed(auth, request, "tickets", "playerId", name);
        return vote(
          domain,
          idOrNotFound(parseMatchId, request.params.match, "MATCH_NOT_FOUND", "matchId"),
          playerId,
          accepts,
        );
      },
    );
  }
}
