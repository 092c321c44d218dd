import { InputError, type MatchId, parseMatchId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { FastifyInstance } from "fastify";
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
        return vote(domain, matchIdOr404(request.params.match), playerId, accepts);
      },
    );
  }
}

function matchIdOr404(text: string): MatchId {
  try {
    return parseMatchId(text);
  } catch (error) {
    if (error instanceof InputError) throw new WarrenError("MATCH_NOT_FOUND");
    throw error;
  }
}
