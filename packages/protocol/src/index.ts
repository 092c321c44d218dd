export {
  closeIsResumable,
  ERRORS,
  type ErrorCode,
  errorCodeOfClose,
  isErrorCode,
  type Retry,
} from "./error-table.ts";
export {
  checkedMessage,
  MESSAGE_DATA_BYTES_MAX,
  MESSAGE_ID_CHARS_MAX,
  MESSAGE_TOPIC_CHARS_MAX,
  type Message,
} from "./message.ts";
export { PROTOCOL_VERSION, RECORD_VERSION, RELAY_VERSION, SERVICES_VERSION, SUBPROTOCOL } from "./version.ts";
export { type ErrorDetails, WarrenError } from "./warren-error.ts";
