export { type ConnectNatsOptions, connectNats } from "./connect.ts";
export { type ExamineNatsOptions, examineNats, type NatsFinding } from "./examine.ts";
export { LostRecords } from "./read-stream.ts";
