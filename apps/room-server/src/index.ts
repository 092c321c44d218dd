export { roomServerOptions } from "./config.ts";
export { type RunningRoomServer, startRoomServer } from "./main.ts";
