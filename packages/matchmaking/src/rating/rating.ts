import type { PlayerId } from "@warren/kernel";
import { rate } from "openskill";
import { bradleyTerryFull, plackettLuce, thurstoneMostellerFull } from "openskill/models";
import type { QueueConfig } from "../queue/queue-config.ts";

/** Kept beside every rating: another release may round otherwise. */
export const RATING_LIBRARY = "openskill 5.0.1";

/** How good a player is: about `mu`, give or take `sigma`. */
export interface Rating {
  readonly mu: number;
  readonly sigma: number;
}

export type RatingConfig = NonNullable<QueueConfig["rating"]>;

/** How a team ended. */
export interface RankedTeam {
  /** 1 is the best; equal ranks are a draw. */
  readonly rank: number;
  readonly players: readonly {
    readonly id: PlayerId;
    /** Went before the end: is rated as if the team had come last, whatever the others achieved without. */
    readonly left: boolean;
  }[];
}

const MODELS = { plackettLuce, bradleyTerryFull, thurstoneMostellerFull } as const;

/** Closer than this share of sigma counts as level; only for Thurstone-Mosteller. */
const DRAW_MARGIN = 0.1 / (25 / 3);

/**
 * Ratings after a match. Teams without players (only bots) do not count; with fewer than two teams left nothing
 * changes. Who is not in `before` is new. The same arguments give the same bits on every machine.
 */
export function rateTeams(
  teams: readonly RankedTeam[],
  before: ReadonlyMap<PlayerId, Rating>,
  config: RatingConfig,
): ReadonlyMap<PlayerId, Rating> {
  const playing = teams.filter(({ players }) => players.length > 0);
  const ratings = playing.map(({ players }) =>
    players.map(({ id }): Rating => before.get(id) ?? { mu: config.mu, sigma: config.sigma }),
  );
  const after = new Map<PlayerId, Rating>();
  if (playing.length < 2) {
    for (const [t, { players }] of playing.entries())
      for (const [p, { id }] of players.entries()) after.set(id, ratings[t]![p]!);
    return after;
  }
  const ranks = playing.map(({ rank }) => rank);
  const asPlayed = rated(ratings, ranks, config);
  for (const [t, { players }] of playing.entries()) {
    const asLast = players.some(({ left }) => left)
      ? rated(ratings, ranks.with(t, Math.max(...ranks) + 1), config)
      : asPlayed;
    for (const [p, { id, left }] of players.entries()) after.set(id, (left ? asLast : asPlayed)[t]![p]!);
  }
  return after;
}

function rated(
  teams: readonly (readonly Rating[])[],
  ranks: readonly number[],
  { model, sigma }: RatingConfig,
): Rating[][] {
  // Only differences between teams matter to the models. Around 0 the sums of large teams do not overflow in `exp`.
  const sums = teams.map((team) => team.reduce((sum, { mu }) => sum + mu, 0));
  const centre = sums.reduce((sum, value) => sum + value, 0) / sums.length;
  const shifted = teams.map((team) => team.map((r) => ({ mu: r.mu - centre / team.length, sigma: r.sigma })));
  const after = rate(shifted, {
    model: MODELS[model],
    rank: [...ranks],
    // The proportions of the authors' own scale (mu 25, sigma 25/3).
    beta: sigma / 2,
    tau: sigma / 100,
    epsilon: sigma * DRAW_MARGIN,
  });
  return teams.map((team, t) =>
    team.map((r, p) => {
      const mu = r.mu + (after[t]![p]!.mu - shifted[t]![p]!.mu);
      const { sigma: sigmaAfter } = after[t]![p]!;
      // Teams so far apart that the arithmetic gives up teach nothing.
      return Number.isFinite(mu) && Number.isFinite(sigmaAfter) ? { mu, sigma: sigmaAfter } : r;
    }),
  );
}
