import { InputError } from "@warren/kernel";
import type { VirtualPlayer } from "../scenario.ts";

/** The queue that the game names first: what its page most likely plays. Throws InputError when there is none. */
export function firstQueue({ game, queues }: Pick<VirtualPlayer, "game" | "queues">): string {
  const played = Object.keys(game.queues).find((name) => queues.includes(name));
  if (played === undefined)
    throw new InputError(
      "--game",
      `queues ${Object.keys(game.queues).join(", ") || "(none)"}`,
      `the file of the game that runs there: it has the queues ${queues.join(", ") || "(none)"}`,
    );
  return played;
}

/** The first queue that takes parties, and how large they may be; in a game without such, parties are of one. */
export function partyQueue(p: Pick<VirtualPlayer, "game" | "queues">): { queue: string; sizeMax: number } {
  const { queues } = p.game;
  const takesParties = (name: string) => queues[name]!.party.max > 1 && p.queues.includes(name);
  const queue = Object.keys(queues).find(takesParties) ?? firstQueue(p);
  return { queue, sizeMax: queues[queue]!.party.max };
}
