// Imported into servers whose memory is measured: collects all garbage on SIGUSR2 and says so.
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
let collections = 0;

/** Time for what a collection frees to be given back to the system, ms: as the peers have. */
const SETTLE_MS = 500;

process.on("SIGUSR2", async () => {
  // What finalizers let go of is taken by the second.
  for (let i = 0; i < 2; i++) {
    gc();
    await setTimeout(SETTLE_MS);
  }
  process.stderr.write(`collected ${++collections}\n`);
});
