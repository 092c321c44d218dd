import { Prng } from "@warren/kernel";
import type { ErrorCode } from "@warren/protocol";
import { expect, it } from "vitest";
import { ACTION_RESULTS_KEPT, ActionResults } from "./action-results.ts";

it(`[P8] exactly the last ${ACTION_RESULTS_KEPT} results are there, each as it was`, () => {
  const random = new Prng(3);
  const results = new ActionResults();
  const all: { errorCode: ErrorCode | undefined; payload: Uint8Array }[] = [];
  for (let seq = 1; seq <= 3 * ACTION_RESULTS_KEPT + 2; seq++) {
    const errorCode = random.pick([undefined, undefined, "ACTION_REFUSED", "INVALID_ARGUMENT"] as const);
    // Over 127 bytes the length takes two.
    const payload = Uint8Array.from({ length: random.pick([0, 1, 127, 128]) }, () => random.int(0, 255));
    all.push({ errorCode, payload: payload.slice() });
    results.add(errorCode, payload);
    // Whoever gave it may use it again.
    payload.fill(0);
    expect(results.lastSeq).toBe(seq);
    expect(results.of(seq + 1)).toBeUndefined();
    // The ends, and one in between.
    const kept = ACTION_RESULTS_KEPT;
    for (const asked of [seq, seq - random.int(1, kept - 2), seq - kept + 1, seq - kept].filter((n) => n > 0))
      expect(results.of(asked)).toEqual(asked > seq - kept ? all[asked - 1] : undefined);
  }
});
