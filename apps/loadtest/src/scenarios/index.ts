import type { Mix, Scenario } from "../scenario.ts";
import { arena } from "./arena.ts";
import { churn } from "./churn.ts";
import { lobby } from "./lobby.ts";
import { spike } from "./spike.ts";

/** Those that need no file, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario | Mix>> = { arena, lobby, spike, churn };
