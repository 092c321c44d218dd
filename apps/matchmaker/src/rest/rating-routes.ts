import type { QueueConfig } from "@warren/matchmaking";
import type { FastifyInstance } from "fastify";
import { playerNamed } from "./caller.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, ratingsSchema, secured } from "./schemas.ts";

export function ratingRoutes(app: FastifyInstance, { auth, domain, ratings }: RestOptions): void {
  app.get<{ Params: { player: string } }>(
    "/v1/players/:player/ratings",
    {
      schema: {
        ...secured("How good a player is; `me`: the player who asks", "players"),
        response: { 200: ratingsSchema, ...failures },
      },
    },
    async (request) => {
      const player = await playerNamed(auth, request, "read", "player", request.params.player);
      const rows = ratingsOf(domain.queues).map(async ({ name, mu, sigma }) => {
        const rating = (await ratings.read(name, [player])).get(player) ?? { mu, sigma, games: 0 };
        return {
          name,
          mu: rating.mu,
          sigma: rating.sigma,
          games: rating.games,
          ordinal: rating.mu - 3 * rating.sigma,
        };
      });
      return { ratings: await Promise.all(rows) };
    },
  );
}

/** The ratings of all queues, each name once. */
function ratingsOf(queues: ReadonlyMap<string, QueueConfig>) {
  const byName = [...queues.values()].flatMap(({ rating }) =>
    rating ? [[rating.name, rating] as const] : [],
  );
  return [...new Map(byName).values()];
}
