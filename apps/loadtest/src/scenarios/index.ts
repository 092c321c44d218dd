import type { Mix, Scenario } from "../scenario.ts";
import { arena } from "./arena.ts";

/** Those that need no file, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario | Mix>> = { arena };
