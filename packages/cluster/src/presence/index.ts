export { PlayerNodes } from "./player-nodes.ts";
export { Presence } from "./presence.ts";
export { BROADCAST_SUBJECT, messageSubject, type TellWays, type Told, tellPlayer } from "./tell-player.ts";
