export { act } from "./act.ts";
export { cancel } from "./cancel.ts";
export { drop } from "./drop.ts";
export { event } from "./event.ts";
export { join } from "./join.ts";
export { leave } from "./leave.ts";
export { play } from "./play.ts";
