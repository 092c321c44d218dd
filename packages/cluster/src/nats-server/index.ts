export { NATS_SERVER_MIN } from "../server-version.ts";
export { type DebianProgram, downloadDebianProgram } from "./debian-package.ts";
export { ensureNatsServer } from "./ensure.ts";
export { cacheFolder, type FoundNatsServer, findNatsServer } from "./find.ts";
export {
  type RunningNatsServer,
  STOP_GRACE_MS,
  type StartNatsServerOptions,
  startNatsServer,
} from "./start.ts";
