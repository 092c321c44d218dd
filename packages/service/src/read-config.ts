import { InputError } from "@warren/kernel";
import type { ConfigOf, OptionTable } from "./option.ts";
import { wrapped } from "./wrapped.ts";

/** `httpPort` → `WARREN_HTTP_PORT`. */
export function envName(key: string): string {
  return `WARREN_${key.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`;
}
/** `httpPort` → `--http-port`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}

/** Several settings are wrong; each with its value and what is accepted. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads a process's settings from flags, then the environment, then the defaults.
 * What does not begin with `--` is returned as `rest`, at most as many as have names in `words`. All problems are
 * reported at once.
 */
export function readConfig<T extends OptionTable>(
  table: T,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  words: readonly string[] = [],
): { config: ConfigOf<T>; rest: readonly string[] } {
  const problems: string[] = [];
  const { flags, rest } = readFlags(table, argv, problems);
  // After an option that is not known, a word may be its value.
  for (const word of problems.length > 0 ? [] : rest.slice(words.length)) {
    const accepted = words.map((name) => `[${name}]`).join(" ") || "only options";
    problems.push(`${JSON.stringify(word)} is one argument too many; accepted: ${accepted}`);
  }
  const config: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(table)) {
    const fromFlag = flags.get(key);
    const value = fromFlag ?? (env[envName(key)] || undefined);
    try {
      config[key] =
        value === undefined
          ? option.initial
          : option.parse(value, fromFlag === undefined ? envName(key) : flagName(key));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(
        option.secret ? `${error.field} is not valid; accepted: ${option.accepted}` : error.message,
      );
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: config as ConfigOf<T>, rest };
}

function readFlags(table: OptionTable, argv: readonly string[], problems: string[]) {
  const keyOf = new Map(Object.keys(table).map((key) => [flagName(key), key]));
  const flags = new Map<string, string>();
  const rest: string[] = [];
  const take = (key: string, value: string) => {
    const before = table[key]?.isList ? flags.get(key) : undefined;
    flags.set(key, before === undefined ? value : `${before},${value}`);
  };
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (!arg.startsWith("--")) {
      rest.push(arg);
      continue;
    }
    const [name, inline] = splitOnce(arg, "=");
    const key = keyOf.get(name);
    if (key === undefined) {
      problems.push(`${name} is not known; accepted: ${[...keyOf.keys()].join(" ")}`);
    } else if (inline !== undefined) {
      take(key, inline);
    } else if (table[key]?.isFlag) {
      flags.set(key, "true");
    } else if (argv[i + 1] === undefined) {
      problems.push(`${name} has no value; accepted: ${table[key]?.accepted}`);
    } else {
      take(key, argv[++i]!);
    }
  }
  return { flags, rest };
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const NAME_CHARS = 30;

/** The settings as lines for `--help`. */
export function helpLines(table: OptionTable, columns = 100): string[] {
  const lines: string[] = [];
  for (const [key, option] of Object.entries(table)) {
    const shown = option.shown === "" ? "" : ` [${option.shown}]`;
    const texts = [`${option.text}${shown}`, `${envName(key)}; ${option.accepted}`];
    const [first, ...more] = texts.flatMap((text) => wrapped(text, columns - NAME_CHARS));
    lines.push(
      `  ${flagName(key)}`.padEnd(NAME_CHARS) + first,
      ...more.map((line) => " ".repeat(NAME_CHARS) + line),
    );
  }
  return lines;
}

/** The settings as an environment that reads as the same: for a process this one starts. */
export function envOf<T extends OptionTable>(table: T, config: ConfigOf<T>): Record<string, string> {
  return Object.fromEntries(Object.keys(table).map((key) => [envName(key), String(config[key as keyof T])]));
}

/** The settings for the log, secrets hidden. */
export function redacted<T extends OptionTable>(table: T, config: ConfigOf<T>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, table[key]?.secret && value !== "" ? "***" : value]),
  );
}
