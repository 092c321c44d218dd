import type { Screen, Style } from "./screen.ts";

export const INDENT = "  ";
/** As wide as the longest label and a gap. */
const LABEL_COLUMNS = 12;
const GAP = "  ";

/** Some words that stay together, and how they look. */
export type Part = readonly [text: string, style?: Style | undefined];

/** How much of a row is left for what it is about. */
export function rowColumns({ columns }: Screen): number {
  return columns - INDENT.length - LABEL_COLUMNS;
}

/** A label and what it is about, as wide as the screen: broken between parts, and a part that is wider is cut. */
export function rowLines(label: string, parts: readonly Part[], screen: Screen): string[] {
  const columns = rowColumns(screen);
  const lines: { width: number; text: string }[] = [];
  for (const [whole, style] of parts) {
    const text = whole.length > columns ? `${whole.slice(0, columns - 1)}…` : whole;
    const shown = style ? screen.paint(style, text) : text;
    const last = lines.at(-1);
    if (!last || last.width + GAP.length + text.length > columns)
      lines.push({ width: text.length, text: shown });
    else {
      last.width += GAP.length + text.length;
      last.text += GAP + shown;
    }
  }
  return lines.map(({ text }, i) => `${INDENT}${(i === 0 ? label : "").padEnd(LABEL_COLUMNS)}${text}`);
}
