import type { ServiceDefinition } from "@grpc/grpc-js";
import { MatchmakerServiceService, RoomNodeServiceService } from "@warren/protocol/services";
import { HealthService } from "./grpc-health.ts";
import { ROLES, type Role } from "./role.ts";

/** Who may call a service's methods; a row for each, or it does not compile. */
type MethodRoles<S extends ServiceDefinition> = Readonly<Record<keyof S, readonly Role[]>>;

const MATCHMAKER = {
  reportResults: ["rooms"],
  watchTicket: ["backend"],
} satisfies MethodRoles<typeof MatchmakerServiceService>;

const ROOM_NODE = {
  coordinate: ["matchmaker"],
  createRoom: ["matchmaker"],
} satisfies MethodRoles<typeof RoomNodeServiceService>;

const HEALTH = { check: ROLES, watch: ROLES } satisfies MethodRoles<typeof HealthService>;

/** Who may call what, by the path of the method. What has no row is not served. */
export const METHOD_ROLES: ReadonlyMap<string, readonly Role[]> = new Map([
  ...rowsOf(MatchmakerServiceService, MATCHMAKER),
  ...rowsOf(RoomNodeServiceService, ROOM_NODE),
  ...rowsOf(HealthService, HEALTH),
]);

function rowsOf<S extends ServiceDefinition>(
  service: S,
  roles: MethodRoles<S>,
): [path: string, roles: readonly Role[]][] {
  return Object.entries(service).map(([name, { path }]) => [path, roles[name as keyof S]]);
}
