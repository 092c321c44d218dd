export type { AdminRoutes } from "./admin-routes.ts";
export { startAdminServer } from "./admin-server.ts";
export { commonOptions, natsOptions } from "./common-options.ts";
export { fromServiceError, toServiceError, UNARY_DEADLINE_MS } from "./grpc.ts";
export { HealthService } from "./grpc-health.ts";
export { checkGrpcHost, grpcAddressOf, grpcOptions, isLoopback } from "./grpc-options.ts";
export { type RunningGrpcServer, startGrpcServer } from "./grpc-server.ts";
export { hostInUrl } from "./host-in-url.ts";
export {
  checkKeyPair,
  isOpenToOthers,
  type KeyPair,
  readCertificates,
  warnIfOpenToOthers,
} from "./key-pair.ts";
export { checkKeys, KEY_FILES, NO_KEYS, openKeys, type ServiceKeys } from "./keys.ts";
export { Lifecycle, stopOnSignals } from "./lifecycle.ts";
export { ListenError, listenError } from "./listen-error.ts";
export { createLogger, type Logger } from "./logger.ts";
export { Counter, createRegistry, Gauge, Histogram, HotCounter, type Registry } from "./metrics.ts";
export {
  type ConfigOf,
  duration,
  flag,
  int,
  list,
  number,
  type Option,
  type OptionTable,
  oneOf,
  optional,
  port,
  text,
} from "./option.ts";
export { problemOf } from "./problem.ts";
export { type ProcessLoad, ProcessMeter } from "./process-load.ts";
export { ConfigError, envName, envOf, flagName, helpLines, readConfig, redacted } from "./read-config.ts";
export { ROLES, type Role, roleHostName, roleOf, roleUri } from "./role.ts";
export { watchFiles } from "./watch-files.ts";
export { wrapped } from "./wrapped.ts";
