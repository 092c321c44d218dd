import { parseNodeId } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { decodeNodeRecord, encodeNodeRecord, type NodeRecord, pingUrlOf } from "./node-record.ts";

const record: NodeRecord = {
  nodeId: parseNodeId("n_a"),
  grpcAddress: "10.0.0.7:9000",
  publicUrl: "wss://play.example.com/r/1",
  build: "7",
  relay: false,
  region: "eu-west",
  rooms: { arena: "abc" },
};

describe("a node record", () => {
  it("is read as it was written", () => {
    expect(decodeNodeRecord(encodeNodeRecord(record))).toEqual(record);
  });

  it.each(["nodeId", "grpcAddress", "publicUrl", "build", "relay", "region", "rooms"])(
    "without %s is refused",
    (field) => {
      const bytes = encodeNodeRecord({ ...record, [field]: undefined } as never);
      expect(() => decodeNodeRecord(bytes)).toThrow(/node (record|id) is /);
    },
  );

  it("that is no JSON is refused", () => {
    expect(() => decodeNodeRecord(new Uint8Array([1, 2]))).toThrow("accepted: JSON");
  });

  it("says where distance is measured", () => {
    expect(pingUrlOf(record)).toBe("https://play.example.com/r/1/ping");
    expect(pingUrlOf({ publicUrl: ":8081" })).toBe(":8081/ping");
  });
});
