import { expect, it } from "vitest";
import { BeatLog } from "./beats.ts";

it("knows how far the times between beats are from the period, of all who beat together", () => {
  const log = new BeatLog(10);
  const [ann, ben] = [{}, {}];
  for (const ms of [0, 100, 200, 330, 400]) log.beat(ann, ms);
  for (const ms of [50, 150, 250, 350, 450]) log.beat(ben, ms);
  expect(log.regularity()).toEqual({ jitterP50Ms: 0, jitterP99Ms: 30, drift: 0, beats: 8 });
});

it("a beat that was left out is a drift, a late one is none", () => {
  const log = new BeatLog(10);
  const [ann, ben] = [{}, {}];
  for (const ms of [0, 100, 300, 400]) log.beat(ann, ms);
  for (const ms of [0, 190, 200, 300]) log.beat(ben, ms);
  expect(log.regularity()).toMatchObject({ drift: 1, jitterP99Ms: 100 });
});

it("holds any number of beats", () => {
  const log = new BeatLog(1_000);
  const ann = {};
  for (let ms = 0; ms <= 200_000; ms++) log.beat(ann, ms);
  expect(log.regularity()).toEqual({ jitterP50Ms: 0, jitterP99Ms: 0, drift: 0, beats: 200_000 });
});
