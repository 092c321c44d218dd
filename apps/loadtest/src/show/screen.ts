/** Wider than this the eye loses the line. */
const COLUMNS_MAX = 100;
const COLUMNS_DEFAULT = 80;

const STYLES = { bold: [1, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] } as const;
export type Style = keyof typeof STYLES;

/** Where a run is shown: a terminal that can be painted over, or lines in a file, a pipe or with NO_COLOR. */
export interface Screen {
  readonly columns: number;
  readonly isLive: boolean;
  paint(style: Style, text: string): string;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function screenOf(
  { isTTY, columns }: Output,
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const isLive = Boolean(isTTY) && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return {
    columns: Math.min((isTTY && columns) || (isTTY ? COLUMNS_DEFAULT : COLUMNS_MAX), COLUMNS_MAX),
    isLive,
    paint: (style, text) => {
      const [on, off] = STYLES[style];
      return isLive ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
  };
}
