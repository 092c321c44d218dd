import { type ClientRoom, memoryStorage, type OpenWebSocket, Warren } from "@warren/client";
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
  /** How the next player's WebSockets are opened. */
  socketOpener(): OpenWebSocket;
}

/** Players who come one after the other, each to another matchmaker than the one before. */
export class Visitors {
  readonly #world: World;
  #come = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** `through`: what their WebSockets go through on the way. */
  next(through: (open: OpenWebSocket) => OpenWebSocket = (open) => open): Warren<ScenarioGame> {
    const { matchmakers } = this.#world;
    const at = this.#come++ % matchmakers.length;
    const urls = [...matchmakers.slice(at), ...matchmakers.slice(0, at)];
    return new Warren<ScenarioGame>(urls, {
      storage: memoryStorage(),
      webSocket: through(this.#world.socketOpener()),
    });
  }
}

/** Ann has opened a room and Ben has joined it by its code. */
export async function twoInAYard(world: World, benThrough?: (open: OpenWebSocket) => OpenWebSocket) {
  const visitors = new Visitors(world);
  const ann = await visitors.next().createRoom("yard", { join: { name: "Ann" } });
  const ben = await visitors.next(benThrough).joinByCode("yard", ann.joinCode, { join: { name: "Ben" } });
  return { ann, ben, visitors };
}
