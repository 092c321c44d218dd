import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Server,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";

/** How often a watcher's state is looked at again. */
const WATCH_MS = 1_000;

// grpc.health.v1: HealthCheckRequest { string service = 1 }, HealthCheckResponse { ServingStatus status = 1 }.
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

interface HealthRequest {
  readonly service: string;
}
interface HealthResponse {
  readonly serving: number;
}

const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: ({ service }: HealthRequest) => encodeName(service),
  requestDeserialize: (bytes: Buffer): HealthRequest => ({ service: decodeName(bytes) }),
  responseSerialize: ({ serving }: HealthResponse) => Buffer.from([8, serving]),
  responseDeserialize: (bytes: Buffer): HealthResponse => ({ serving: bytes[1] ?? 0 }),
});

/** The standard health service, for clients and tests of it. */
export const HealthService = {
  check: method("Check", false),
  watch: method("Watch", true),
} satisfies ServiceDefinition;

/** Answers `grpc.health.v1.Health` for the process (empty name) and its services. */
export function addHealthService(server: Server, services: readonly string[], ready: () => boolean): void {
  const statusOf = (name: string) => {
    if (name !== "" && !services.includes(name)) return SERVICE_UNKNOWN;
    return ready() ? SERVING : NOT_SERVING;
  };
  const check: handleUnaryCall<HealthRequest, HealthResponse> = (call, answer) => {
    const serving = statusOf(call.request.service);
    if (serving === SERVICE_UNKNOWN) answer({ code: status.NOT_FOUND, details: "unknown service" });
    else answer(null, { serving });
  };
  const watch: handleServerStreamingCall<HealthRequest, HealthResponse> = (call) => {
    let told = -1;
    const tell = () => {
      const serving = statusOf(call.request.service);
      if (serving !== told) call.write({ serving });
      told = serving;
    };
    tell();
    const timer = setInterval(tell, WATCH_MS);
    timer.unref();
    call.on("cancelled", () => clearInterval(timer));
    call.on("close", () => clearInterval(timer));
  };
  server.addService(HealthService, { check, watch });
}

function encodeName(name: string): Buffer {
  const bytes = Buffer.from(name);
  return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([10, bytes.length]), bytes]);
}

/** Names of services have fewer than 128 bytes; anything else is none of ours. */
function decodeName(bytes: Buffer): string {
  if (bytes.length === 0) return "";
  return bytes[0] === 10 && bytes[1] === bytes.length - 2 ? bytes.toString("utf8", 2) : "?";
}
