/** The machine's monotonic clock, ms: the same in every process of it, as `performance.now()` is not. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
