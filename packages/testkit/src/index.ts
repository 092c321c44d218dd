export { MemorySocket } from "./memory-socket.ts";
export { forEachSeed, seeds } from "./seeds.ts";
export { VirtualClock } from "./virtual-clock.ts";
