export { matchmakerOptions } from "./config.ts";
export { recording } from "./log/recording.ts";
export { checkMatchmakerConfig, type RunningMatchmaker, startMatchmaker } from "./main.ts";
export type { PageSource } from "./rest/page-routes.ts";
