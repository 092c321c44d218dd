import { describe, expect, it } from "vitest";
import { differences } from "./ensure-streams.ts";
import { streamConfigs } from "./streams.ts";

describe("the table of streams", () => {
  const streams = streamConfigs("default", 1);

  it("[K07] every stream refuses when it is full, has a bound, and is read from its leader only", () => {
    expect(streams.map(({ name }) => name)).toEqual([
      "warren_default_mm",
      "KV_warren_default_own",
      "KV_warren_default_code",
      "KV_warren_default_rating",
      "KV_warren_default_presence",
      "KV_warren_default_decider",
      "KV_warren_default_node",
    ]);
    for (const stream of streams) {
      expect(stream).toMatchObject({ discard: "new", allow_direct: false });
      expect(stream.max_bytes).toBeGreaterThan(0);
    }
  });

  it("[K07] a stream that differs is named with field, found and wanted value; what may grow is no difference", () => {
    const wanted = streams[0]!;
    const found = { ...wanted, allow_direct: true, max_bytes: 1, num_replicas: 3 };
    expect(differences(found, wanted)).toEqual(["allow_direct is true, not false"]);
    const { allow_direct: _, ...leftOut } = wanted;
    expect(differences(leftOut, wanted)).toEqual([]);
  });
});
