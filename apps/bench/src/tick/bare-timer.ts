// What a timer can be at best: one in a process of its own that does nothing else, corrected for drift. Beats at a rate
// for some time, then prints how regular it was.
import { BeatLog } from "./beats.ts";

const [hz, durationMs] = process.argv.slice(2).map(Number) as [number, number];
const log = new BeatLog(hz);
const startedMs = performance.now();

function beatAfter(beats: number): void {
  const dueMs = startedMs + (beats * 1_000) / hz;
  setTimeout(() => {
    const nowMs = performance.now();
    log.beat(log, nowMs);
    if (nowMs - startedMs < durationMs) beatAfter(beats + 1);
    else process.stdout.write(`${JSON.stringify(log.regularity())}\n`);
  }, dueMs - performance.now());
}

beatAfter(1);
