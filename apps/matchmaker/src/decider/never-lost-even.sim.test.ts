import { expect, it } from "vitest";
import { problemsOf } from "../../test/simulation/simulation.ts";

// The other half is in never-lost-odd: two files, so that two processors work.

it("nobody is lost and nobody is doubled, whatever crashes, races or repeats itself: 5,000 more", async () => {
  expect((await problemsOf(0, 5_000)).slice(0, 3)).toEqual([]);
}, 600_000);
