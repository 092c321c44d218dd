const BARS = "▁▂▃▄▅▆▇█";

/**
 * A row of bars as high as what was counted, drawn from zero to the highest; 0 is a space. More values than columns are
 * taken together, the highest of them shown. `total`: how many values there will be, so that what is still to come is dots.
 */
export function sparkline(values: readonly number[], columns: number, total = values.length): string {
  const count = Math.max(total, values.length);
  const cells = Math.min(columns, count);
  const max = Math.max(...values, 0);
  return Array.from({ length: cells }, (_, i) => {
    const from = Math.floor((i * count) / cells);
    const group = values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * count) / cells)));
    if (group.length === 0) return "·";
    const value = Math.max(...group);
    return value <= 0
      ? " "
      : (BARS[Math.min(BARS.length - 1, Math.floor((value / max) * BARS.length))] ?? "");
  }).join("");
}
