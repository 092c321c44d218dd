export { openBrowser } from "./browser.ts";
export { eventually } from "./eventually.ts";
export { type Launched, launch } from "./launch.ts";
export { MemorySocket } from "./memory-socket.ts";
export { metricSum } from "./metric-sum.ts";
export { forEachSeed, seeds } from "./seeds.ts";
export { VirtualClock } from "./virtual-clock.ts";
