import { type ChannelOptions, Metadata, type ServiceError } from "@grpc/grpc-js";
import { ERRORS, type ErrorCode, isErrorCode, WarrenError } from "@warren/protocol";

/** A stopped peer is noticed after 5 s; without these a call to it hangs for ever. */
export const GRPC_OPTIONS: ChannelOptions = {
  "grpc.keepalive_time_ms": 3_000,
  "grpc.keepalive_timeout_ms": 2_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // One room may be asked for a thousand seats, each with up to 16 KiB of what its player brings.
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
};

/** No unary call waits longer. */
export const UNARY_DEADLINE_MS = 2_000;

const CODE_KEY = "warren-code";

/** One of our errors as a gRPC status; the code travels as metadata. */
export function toServiceError(error: unknown): Partial<ServiceError> {
  const ours = WarrenError.from(error);
  const metadata = new Metadata();
  metadata.set(CODE_KEY, ours.code);
  return { code: ERRORS[ours.code].grpc, details: ours.message, metadata };
}

/** A failed call as one of our errors. */
export function fromServiceError(error: ServiceError): WarrenError {
  const code = error.metadata?.get(CODE_KEY)[0];
  if (typeof code === "string" && isErrorCode(code)) return new WarrenError(code as ErrorCode, error.details);
  return new WarrenError("UNAVAILABLE", undefined, { cause: error });
}
