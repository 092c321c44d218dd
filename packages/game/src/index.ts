export { defineQueue } from "@warren/matchmaking/queue";
export { defineRoom, type Player, Refusal, type Room } from "@warren/room";
export { type Infer, type StateOf, t } from "@warren/schema";
export { defineGame, type Game, isGame } from "./define-game.ts";
