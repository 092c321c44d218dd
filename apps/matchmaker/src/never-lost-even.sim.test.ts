import { expect, it } from "vitest";
import { problemsWith } from "../test/simulation/simulation.ts";

// The other half is in never-lost-odd: two files, so that two processors work.

it("nobody is lost and nobody is doubled, whatever crashes, races or repeats itself: 5,000 more", async () => {
  expect((await problemsWith(2, 2, 5_000)).slice(0, 3)).toEqual([]);
}, 300_000);
