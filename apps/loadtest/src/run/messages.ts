import type { Part } from "../measure/part.ts";
import type { RunPlan, Share } from "./run-plan.ts";

/** From the coordinator to a generator, in this order. */
export type ToGenerator =
  | { readonly plan: RunPlan; readonly share: Share }
  | { readonly startAtMs: number }
  | { readonly stop: true };

export type FromGenerator =
  | { readonly ready: true }
  | { readonly part: Part }
  | { readonly scenarioError: string }
  | { readonly done: { readonly lagMsP99: number } }
  | { readonly failed: string };
