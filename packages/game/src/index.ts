export type { PlayerId } from "@warren/kernel";
export { defineQueue } from "@warren/matchmaking/queue";
export {
  defineRoom,
  type MatchReport,
  type Player,
  type PlayersWanted,
  Refusal,
  type Room,
  type SeenRows,
  type TellResult,
} from "@warren/room";
export { type Infer, type StateOf, type StateViewOf, t } from "@warren/schema";
export { defineGame, type Game, isGame } from "./define-game.ts";
export type { PlayerOf, RoomOf } from "./hook-types.ts";
