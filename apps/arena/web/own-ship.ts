import { type Predicted, predict } from "@warren/client";
import type { ArenaInput } from "../src/schema.ts";
import { type Motion, stepShip } from "../src/ship.ts";
import type { Match } from "./find.ts";

/** A ship that is moved further than this by the room did not fly: it was destroyed and came back. */
export const JUMP = 150;

/** The player whose ship it is; empty: the page watches, and has none. */
export function ownIdOf(room: Match): string {
  return room.spectator ? "" : room.playerId;
}

export type OwnShip = Predicted<Match["state"], ArenaInput, Motion>;

/** The own ship, ahead of the room: it answers to the keys at once, however far away the room is. */
export function ownShipOf(room: Match): OwnShip {
  return predict(room, {
    read({ ships }): Motion | undefined {
      const ship = ships.get(ownIdOf(room));
      if (!ship || ship.hp === 0) return undefined;
      const { x, y, vx, vy, angle } = ship;
      return { x, y, vx, vy, angle };
    },
    step: (ship, input: ArenaInput, dtMs) => stepShip(ship, input, dtMs, room.state.rocks),
    fields: { x: "linear", y: "linear", angle: "angle" },
    teleport: JUMP,
  });
}
