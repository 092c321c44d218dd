export {
  closeIsResumable,
  ERRORS,
  type ErrorCode,
  errorCodeOfClose,
  isErrorCode,
  type Retry,
} from "./error-table.ts";
export { PROTOCOL_VERSION, RECORD_VERSION, RELAY_VERSION, SERVICES_VERSION, SUBPROTOCOL } from "./version.ts";
export { type ErrorDetails, WarrenError } from "./warren-error.ts";
