import { pathToFileURL } from "node:url";
import { type Game, isGame } from "@warren/game";
import { InputError } from "@warren/kernel";
import { isScenario, type Mix, type Scenario } from "../scenario.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import type { ScenarioSource } from "./run-plan.ts";

/** Throws InputError. */
export async function loadScenario(source: ScenarioSource): Promise<Scenario | Mix> {
  if ("name" in source) {
    const found = Object.hasOwn(SCENARIOS, source.name) ? SCENARIOS[source.name] : undefined;
    if (found) return found;
    throw new InputError("scenario", source.name, `${Object.keys(SCENARIOS).join(", ")}, or a file`);
  }
  const exported = await defaultOf(source.modulePath);
  if (isScenario(exported)) return exported;
  throw new InputError("scenario", "the file", "a default export made by defineScenario or defineMix");
}

/** Throws InputError. */
export async function loadGame(path: string): Promise<Game> {
  const exported = await defaultOf(path);
  if (isGame(exported)) return exported;
  throw new InputError("game", "the file", "a default export made by defineGame");
}

async function defaultOf(path: string): Promise<unknown> {
  return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
}
