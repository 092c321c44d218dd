/** Three digits are what an eye compares: `1,234`, `98.7`, `0.0123`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}

/** Counts are not rounded. */
export function countText(value: number): string {
  return value.toLocaleString("en");
}

export function percentText(share: number): string {
  const percent = 100 * share;
  if (!Number.isFinite(share)) return "–";
  return `${Math.abs(percent) < 10 ? Number(percent.toPrecision(2)) : numberText(percent)} %`;
}

/** 1 kB is 1,000 bytes, as on a line. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${numberText(bytes)} B`;
  if (bytes < 1_000_000) return `${numberText(bytes / 1_000)} kB`;
  return `${numberText(bytes / 1_000_000)} MB`;
}

export function msText(ms: number): string {
  return ms < 10_000 ? `${numberText(ms)} ms` : `${numberText(ms / 1_000)} s`;
}

/** `30 s`, `12 min`, `1 h 5 min`: how long a run took. */
export function secondsText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = [
    [hours, "h"],
    [minutes % 60, "min"],
    [hours === 0 ? seconds % 60 : 0, "s"],
  ] as const;
  return rest
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** `1 error`, `2 errors`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
