// Imported into servers whose memory is measured: collects all garbage on SIGUSR2 and says so.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
let collections = 0;

process.on("SIGUSR2", () => {
  // What finalizers let go of is taken by the second.
  gc();
  gc();
  process.stderr.write(`collected ${++collections}\n`);
});
