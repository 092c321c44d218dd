import { expect, test } from "vitest";
import { profileTable, selfTimes } from "./profile-table.ts";

const node = (id: number, functionName: string, url = "", lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

test("self time is the share of what was busy, of a function wherever it was called from", () => {
  const text = profileTable(
    selfTimes("/profiles/a.cpuprofile", {
      nodes: [
        node(1, "(idle)"),
        node(2, "send", "file:///any/packages/room/dist/a.js", 9),
        node(3, "", "file:///any/node_modules/.pnpm/ws@8/node_modules/ws/lib/b.js"),
        node(4, "send", "file:///any/packages/room/dist/a.js", 9),
      ],
      startTime: 0,
      endTime: 2_000_000,
      samples: [1, 2, 3, 4, 1],
      // The first is the time before the first sample.
      timeDeltas: [5, 1_000_000, 300_000, 400_000, 300_000],
    }),
  );
  expect(text).toBe(`a.cpuprofile: 2.00 s, busy for 50.0 % of them
of busy   self, ms   function      where
 60.0 %        600   send          packages/room/dist/a.js:10
 40.0 %        400   (anonymous)   ws/lib/b.js:1
`);
});
