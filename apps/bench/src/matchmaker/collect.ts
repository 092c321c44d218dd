import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects what nobody holds any more, and makes the rest old. */
export const collect = runInNewContext("gc") as (options?: { type: "minor" | "major" }) => void;
