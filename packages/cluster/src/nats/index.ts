export { type ConnectNatsOptions, connectNats } from "./connect.ts";
export { LostRecords } from "./read-stream.ts";
