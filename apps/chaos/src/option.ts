/** An option of a scenario. */
export interface Option<T> {
  readonly type: "string" | "boolean";
  /** Behind its name in the help; undefined: it is not for those who start a run. */
  readonly example: string | undefined;
  /** `text` undefined: it was not given. Throws with what is accepted. */
  read(name: string, text: string | boolean | undefined): T;
}

type Options = Readonly<Record<string, Option<unknown>>>;
export type ValuesOf<O extends Options> = {
  readonly [N in keyof O]: O[N] extends Option<infer T> ? T : never;
};

const refusal = (name: string, text: unknown, accepted: string) =>
  new Error(`--${name} is ${text}; accepted: ${accepted}`);

export function whole(otherwise: number, min: number, max: number, multipleOf = 1): Option<number> {
  return {
    type: "string",
    example: String(otherwise),
    read(name, text) {
      if (text === undefined) return otherwise;
      const value = Number(text);
      if (!Number.isInteger(value) || value < min || value > max)
        throw refusal(name, text, `a whole number from ${min} to ${max}`);
      if (value % multipleOf !== 0) throw refusal(name, text, `a multiple of ${multipleOf}`);
      return value;
    },
  };
}

/** The first when it is not given. */
export function oneOf<const T extends number>(...known: readonly [T, ...T[]]): Option<T> {
  return {
    type: "string",
    example: String(known[0]),
    read(name, text) {
      const value = text === undefined ? known[0] : known.find((one) => String(one) === text);
      if (value === undefined) throw refusal(name, text, known.join(" or "));
      return value;
    },
  };
}

/** Several with commas between; undefined: not given. */
export function someOf<T extends string>(known: readonly T[], example: string): Option<T[] | undefined> {
  const isKnown = (text: string): text is T => known.some((one) => one === text);
  return {
    type: "string",
    example,
    read(name, text) {
      if (text === undefined) return undefined;
      const some = String(text).split(",");
      if (some.every(isKnown)) return some;
      throw refusal(name, text, `${known.join(", ")}, with commas between`);
    },
  };
}

export const flag: Option<boolean> = { type: "boolean", example: "", read: (_name, given) => given === true };

/** What a run says to the one it starts. */
export const inner: Option<string | undefined> = {
  type: "string",
  example: undefined,
  read: (_name, text) => (text === undefined ? undefined : String(text)),
};

export function usageOf(options: Options): string {
  return Object.entries(options)
    .filter(([, { example }]) => example !== undefined)
    .map(([name, { example }]) => ` [--${name}${example === "" ? "" : ` ${example}`}]`)
    .join("");
}
