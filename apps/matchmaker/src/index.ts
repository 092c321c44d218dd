export { matchmakerOptions } from "./config.ts";
export { type RunningMatchmaker, startMatchmaker } from "./main.ts";
