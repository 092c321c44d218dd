import { type ClientRoom, memoryStorage, Warren, type WebSocketLike } from "@warren/client";
import { WebSocket } from "ws";
import type { ScenarioGame } from "./game.ts";

export type ScenarioRoom = ClientRoom<ScenarioGame, "yard">;

/** What a scenario knows of where it runs. */
export interface World {
  /** All matchmakers; any of them answers anything. */
  readonly matchmakers: readonly string[];
  /** Their admin ports, in the same order. */
  readonly adminUrls: readonly string[];
  /** What a studio's backend says it is by. */
  readonly serverKey: string;
  /** Where the next player's WebSockets go that are to go to a URL. */
  route(): Route;
}

export type Route = (url: string) => string;

/** To where the seat's URL says. */
export const straight: Route = (url) => url;

/** Players who come one after the other, each to another matchmaker than the one before. */
export class Visitors {
  readonly #world: World;
  #come = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** `cable`: what their WebSockets go through on the way. */
  next(cable: Route = straight): Warren<ScenarioGame> {
    const { matchmakers } = this.#world;
    const at = this.#come++ % matchmakers.length;
    const route = this.#world.route();
    return new Warren<ScenarioGame>([...matchmakers.slice(at), ...matchmakers.slice(0, at)], {
      storage: memoryStorage(),
      webSocket: async (url, protocol) =>
        new WebSocket(cable(route(url)), protocol) as unknown as WebSocketLike,
    });
  }
}

/** Ann has opened a room and Ben has joined it by its code. */
export async function twoInAYard(world: World, bensCable?: Route) {
  const visitors = new Visitors(world);
  const ann = await visitors.next().createRoom("yard", { join: { name: "Ann" } });
  const ben = await visitors.next(bensCable).joinByCode("yard", ann.joinCode, { join: { name: "Ben" } });
  return { ann, ben, visitors };
}
