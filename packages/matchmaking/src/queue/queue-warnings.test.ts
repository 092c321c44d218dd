import { expect, it } from "vitest";
import { defineQueue, type QueueSource } from "./queue-config.ts";
import { queueWarnings } from "./queue-warnings.ts";

const mmr = { type: "number", default: 1_500 } as const;
const skill = { attribute: "mmr", windows: [{ atMs: 0, value: 400 }] };
const steps = (...at: number[]) => at.map((atMs) => ({ atMs, value: 900 }));

it.each<[field: string, part: Partial<QueueSource>]>([
  ["skill.windows[1].atMs", { attributes: { mmr }, skill: { attribute: "mmr", windows: steps(0, 120_000) } }],
  ["latency.maxMs[1].atMs", { latency: { maxMs: steps(0, 130_000) } }],
  ["relax[0].atMs", { relax: [{ atMs: 120_000, min: 1, fillTo: 2 }] }],
  ["relax", { size: 4 }],
  ["relax[0].fillTo", { relax: [{ atMs: 0, min: 1, fillTo: 1 }] }],
  ["relax[0].min", { relax: [{ atMs: 0, min: 1, fillTo: 0 }] }],
  ["relax[0].min", { relax: [{ atMs: 0, min: 2, fillTo: 0 }] }],
  ["quality.accept", { quality: { accept: [{ atMs: 0, value: 0.99 }] } }],
  ["quality", { quality: { accept: [{ atMs: 0, value: 0 }] } }],
  [
    "quality",
    {
      attributes: { mmr },
      skill,
      quality: { accept: [{ atMs: 0, value: 0 }], weights: { balance: 1, spread: 0, latency: 1 } },
    },
  ],
  ["latency", { latency: { maxMs: steps(0) } }],
  ["rating", { rating: { name: "elo" } }],
  ["skill.attribute", { attributes: { mmr }, skill, rating: { name: "elo" } }],
  ["skill.windows", { attributes: { mmr }, skill: { attribute: "mmr", windows: [{ atMs: 0, value: 100 }] } }],
  ["skill.windows", { skill: { ...skill, attribute: "elo" }, rating: { name: "elo" } }],
  ["attributes.mmr.trusted", { attributes: { mmr: { ...mmr, trusted: false } }, skill }],
  ["attributes.mmr", { attributes: { mmr } }],
  ["equal", { attributes: { build: { type: "text", default: "", trusted: false } }, equal: ["build"] }],
  ["party.mirrorUntilMs", { party: { mirrorUntilMs: 5 } }],
  ["party.sizeBonus", { party: { sizeBonus: [0, 5] } }],
  ["acceptance", { size: 1, acceptance: { timeoutMs: 5_000 } }],
])("warns of %s in %j", (field, part) => {
  const warnings = queueWarnings(defineQueue({ room: "arena", size: 2, ...part }));
  expect(warnings.map((warning) => warning.field)).toContain(field);
});

it.each<[Partial<QueueSource>]>([
  [{}],
  [{ attributes: { mmr }, skill }],
  [{ size: 8, relax: [{ atMs: 0, min: 1, fillTo: 5 }], backfill: true }],
  [{ rating: { name: "elo" }, skill: { attribute: "elo", windows: [{ atMs: 0, value: 600 }] } }],
])("has nothing to say about %j", (part) => {
  expect(queueWarnings(defineQueue({ room: "arena", size: 2, ...part }))).toEqual([]);
});
