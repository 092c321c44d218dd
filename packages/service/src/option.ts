import { InputError } from "@warren/kernel";

/** One setting: how it is read, what it is when nothing is said, and what a person is told about it. */
export interface Option<T> {
  readonly parse: (text: string, field: string) => T;
  readonly initial: T;
  /** The default as it is printed; empty: none. */
  readonly shown: string;
  readonly accepted: string;
  readonly text: string;
  /** Printed as `***`. */
  readonly secret: boolean;
  /** On the command line it may stand without a value. */
  readonly isFlag: boolean;
  /** On the command line it may stand several times, each with more of it. */
  readonly isList: boolean;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type ConfigOf<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never;
};

interface Common {
  readonly text: string;
  readonly secret?: boolean;
}

function option<T>(
  initial: T,
  shown: string,
  accepted: string,
  common: Common,
  parse: Option<T>["parse"],
): Option<T> {
  return {
    initial,
    shown,
    accepted,
    parse,
    text: common.text,
    secret: common.secret ?? false,
    isFlag: false,
    isList: false,
  };
}

export const int = (initial: number, min: number, max: number, common: Common): Option<number> =>
  option(initial, String(initial), `a whole number from ${min} to ${max}`, common, (text, field) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < min || value > max) {
      throw new InputError(field, text, `a whole number from ${min} to ${max}`);
    }
    return value;
  });

/** A number that need not be whole. */
export const number = (initial: number, min: number, max: number, common: Common): Option<number> =>
  option(initial, String(initial), `a number from ${min} to ${max}`, common, (text, field) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max))
      throw new InputError(field, text, `a number from ${min} to ${max}`);
    return value;
  });

export const port = (initial: number, common: Common): Option<number> => int(initial, 0, 65_535, common);

export const text = (initial: string, common: Common, accepted = "text"): Option<string> =>
  option(initial, initial, accepted, common, (value) => value);

export const flag = (common: Common): Option<boolean> => ({
  ...option(false, "", "true or false", common, (value, field) => {
    if (["true", "1", ""].includes(value)) return true;
    if (["false", "0"].includes(value)) return false;
    throw new InputError(field, value, "true or false");
  }),
  isFlag: true,
});

export const oneOf = <const V extends string>(initial: V, values: readonly V[], common: Common): Option<V> =>
  option<V>(initial, initial, values.join(", "), common, (value, field) => {
    if ((values as readonly string[]).includes(value)) return value as V;
    throw new InputError(field, value, values.join(", "));
  });

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000 };

/** Milliseconds, said with a unit. `shown` is the default as a person says it. */
export const duration = (shown: string, maxMs: number, common: Common): Option<number> => {
  const accepted = `a time up to ${maxMs / 3_600_000} h, such as 500ms, 30s or 2min`;
  const parse = (text: string, field: string) => {
    const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text.trim()) ?? [];
    const ms = Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
    if (!(ms <= maxMs)) throw new InputError(field, text, accepted);
    return ms;
  };
  return option(parse(shown, "default"), shown, accepted, common, parse);
};

/** One that may be left out; its text says what that means. */
export const optional = <T>(of: Option<T>): Option<T | undefined> => ({
  ...of,
  initial: undefined,
  shown: "",
});

/** Comma-separated; empty: none. */
export const list = (
  initial: readonly string[],
  common: Common,
  accepted = "names separated by commas",
): Option<readonly string[]> => ({
  ...option(initial, initial.join(","), accepted, common, (value) =>
    value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ),
  isList: true,
});
