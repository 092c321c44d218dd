import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RECORD_VERSION, RELAY_VERSION, SERVICES_VERSION } from "./index.ts";
import { FrameType, PROTOCOL_VERSION } from "./session/index.ts";

const source = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
/** What matters on the wire: no comments, no white space. */
const bare = (text: string) => text.replaceAll(/\/\/.*$/gm, "").replaceAll(/\s+/g, "");
const hash = (...parts: string[]) => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);

// The contract each version stands for. Never change a line: bump the version and add one.
const SESSION: Readonly<Record<number, string>> = {
  1: "8b8d3fc381f432ef",
  2: "c9508995ce5423bd",
  3: "ae94df936c018b26",
};
const SERVICES: Readonly<Record<number, string>> = {
  1: "7a38ce269bbda6d2",
  2: "aa4e707d8a47bd90",
  3: "8fc92e31f8185f95",
};
const RELAY: Readonly<Record<number, string>> = { 1: "5b78a3d4db818d55" };
const RECORDS: Readonly<Record<number, string>> = { 1: "f6880ab763281e2e", 2: "722d425be08fbaec" };

it("a change of the WebSocket protocol bumps PROTOCOL_VERSION", () => {
  const contract = hash(
    bare(source("../../../proto/warren/session/v1/session.proto")),
    JSON.stringify(FrameType),
    // Hot frames have no .proto: their golden bytes stand for their layout.
    bare(source("./session/frames.test.ts").match(/const GOLDEN[\s\S]*?\n\];/)?.[0] ?? ""),
  );
  expect(contract, "the wire changed: bump PROTOCOL_VERSION in version.ts and add its hash here").toBe(
    SESSION[PROTOCOL_VERSION],
  );
});

it("a change of the gRPC contract bumps SERVICES_VERSION", () => {
  const contract = hash(bare(source("../../../proto/warren/room/v1/room_node.proto")));
  expect(contract, "the services changed: bump SERVICES_VERSION in version.ts and add its hash here").toBe(
    SERVICES[SERVICES_VERSION],
  );
});

it("a change of the relay bumps RELAY_VERSION", () => {
  const contract = hash(bare(source("../../../proto/warren/node/v1/relay.proto")));
  expect(contract, "the relay changed: bump RELAY_VERSION in version.ts and add its hash here").toBe(
    RELAY[RELAY_VERSION],
  );
});

it("a change of the matchmaking records bumps RECORD_VERSION", () => {
  const contract = hash(bare(source("../../../proto/warren/matchmaking/v1/record.proto")));
  expect(contract, "the records changed: bump RECORD_VERSION in version.ts and add its hash here").toBe(
    RECORDS[RECORD_VERSION],
  );
});
