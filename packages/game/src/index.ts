export { defineQueue } from "@warren/matchmaking";
export { defineRoom, type Player, Refusal, type Room, type SeenRows } from "@warren/room";
export { type Infer, type StateOf, t } from "@warren/schema";
export { defineGame, type Game, isGame } from "./define-game.ts";
