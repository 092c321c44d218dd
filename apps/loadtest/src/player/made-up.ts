import type { Game } from "@warren/game";
import { Prng } from "@warren/kernel";
import { Crowd, type PlayerRequest, playerRequest } from "@warren/matchmaking/simulation";
import { sample } from "@warren/schema";
import { seedOf } from "../seed.ts";

/** So that what a player is does not follow from what it does. */
const MATCHED_BY = 1;
const JOIN = 2;

/** Players of whom the scenario says nothing: as the game's queues and rooms describe them. */
export class MadeUp {
  readonly #game: Game;
  readonly #regions: readonly string[];
  readonly #crowds = new Map<string, Crowd>();

  /** `regions`: those of the cluster, so that each player is near one of them. */
  constructor(game: Game, regions: readonly string[]) {
    this.#game = game;
    this.#regions = regions;
  }

  /**
   * What a player is matched by in all of the queues; nothing for one that the game does not have. Players of a party
   * have one `seed`, and can be in one match.
   */
  request(queues: readonly string[], seed: number, { index, size } = { index: 0, size: 1 }): PlayerRequest {
    const requests = queues.flatMap((queue) => {
      const config = this.#game.queues[queue];
      if (!config) return [];
      const crowd = this.#crowds.get(queue) ?? new Crowd(queue, config, { regions: this.#regions });
      this.#crowds.set(queue, crowd);
      return playerRequest(config, crowd.party(new Prng(seedOf(seed, MATCHED_BY)), size)[index]!);
    });
    return {
      attributes: Object.assign({}, ...requests.map(({ attributes }) => attributes)),
      latencies: Object.assign({}, ...requests.map(({ latencies }) => latencies)),
    };
  }

  /** What the room of a queue asks of who joins: something valid. */
  join(queue: string, seed: number): unknown {
    const room = this.#game.rooms[this.#game.queues[queue]?.room ?? ""];
    return room && sample(room.join, new Prng(seedOf(seed, JOIN)));
  }
}
