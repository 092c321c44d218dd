export { matchmakerOptions } from "./config.ts";
export { type RunningMatchmaker, startMatchmaker } from "./main.ts";
export { recording } from "./recording.ts";
export type { PageSource } from "./rest/page-routes.ts";
