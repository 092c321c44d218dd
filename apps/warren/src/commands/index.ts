import type { Command } from "../command.ts";
import { check } from "./check.ts";
import { dev } from "./dev.ts";
import { doctor } from "./doctor.ts";
import { keys } from "./keys.ts";
import { loadtest } from "./loadtest.ts";
import { matchmaker } from "./matchmaker.ts";
import { record } from "./record.ts";
import { rooms } from "./rooms.ts";
import { run } from "./run.ts";
import { schema } from "./schema.ts";
import { simulate } from "./simulate.ts";
import { up } from "./up.ts";

/** Every word of the command line, in the order `warren help` lists them. */
export const COMMANDS: readonly Command[] = [
  dev,
  matchmaker,
  rooms,
  up,
  run,
  schema,
  check,
  simulate,
  loadtest,
  record,
  keys,
  doctor,
];
