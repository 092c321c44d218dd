import { describe, expect, it } from "vitest";
import { duration, flag, int, list, oneOf, port, text } from "./option.ts";
import { ConfigError, envName, envOf, flagName, helpLines, readConfig, redacted } from "./read-config.ts";

const SECRET = "hunter2-hunter2";
const table = {
  httpPort: port(8080, { text: "Port for REST" }),
  roomsMax: int(10, 1, 100, { text: "Rooms at one time" }),
  logLevel: oneOf("info", ["debug", "info"], { text: "What is logged" }),
  corsOrigins: list(["*"], { text: "Origins" }),
  noGuests: flag({ text: "Refuse guests" }),
  authSecret: text("", { text: "Signs tokens", secret: true }, "32 characters or more"),
  secretPort: int(0, 0, 9, { text: "A number nobody may see", secret: true }),
} as const;

type Env = Record<string, string>;
const read = (env: Env, ...argv: string[]) => readConfig(table, env, argv, ["game", "queue"]);

function problemsOf(env: Env, ...argv: string[]): readonly string[] {
  try {
    read(env, ...argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("where a setting comes from", () => {
  it("is named after its key", () => {
    expect([envName("httpPort"), flagName("httpPort")]).toEqual(["WARREN_HTTP_PORT", "--http-port"]);
  });

  it.each<[title: string, env: Env, argv: string[], port: number]>([
    ["the default", {}, [], 8080],
    ["the environment", { WARREN_HTTP_PORT: "1" }, [], 1],
    ["a flag", { WARREN_HTTP_PORT: "1" }, ["--http-port", "2"], 2],
    ["a flag with =", { WARREN_HTTP_PORT: "1" }, ["--http-port=3"], 3],
    ["the last flag", {}, ["--http-port", "2", "--http-port", "4"], 4],
    ["an empty variable is none", { WARREN_HTTP_PORT: "" }, [], 8080],
    ["other variables are not ours", { HTTP_PORT: "5" }, [], 8080],
  ])("%s", (_title, env, argv, expected) => {
    expect(read(env, ...argv).config.httpPort).toBe(expected);
  });

  it("what is no flag is left over, in order", () => {
    const { config, rest } = read({}, "game.ts", "--no-guests", "more", "--rooms-max", "5");
    expect([config.noGuests, config.roomsMax, rest]).toEqual([true, 5, ["game.ts", "more"]]);
    expect(problemsOf({}, "game.ts", "more", "--no-guests", "extra")).toEqual([
      '"extra" is one argument too many; accepted: [game] [queue]',
    ]);
  });

  it.each<[Env, string[], boolean]>([
    [{}, [], false],
    [{}, ["--no-guests"], true],
    [{}, ["--no-guests=false"], false],
    [{ WARREN_NO_GUESTS: "1" }, [], true],
    [{ WARREN_NO_GUESTS: "true" }, ["--no-guests=0"], false],
  ])("a flag may stand alone: %j %j is %s", (env, argv, expected) => {
    expect(read(env, ...argv).config.noGuests).toBe(expected);
  });

  it.each([
    ["", ["*"]],
    ["a", ["a"]],
    [" a , b,,c ", ["a", "b", "c"]],
    [",", []],
  ])("a list %j is %j", (value, expected) => {
    expect(read({ WARREN_CORS_ORIGINS: value }).config.corsOrigins).toEqual(expected);
  });

  it("a value with = in it is kept whole", () => {
    expect(read({}, "--auth-secret=a=b=c").config.authSecret).toBe("a=b=c");
  });
});

describe("what is wrong with settings", () => {
  it.each<[title: string, env: Env, argv: string[], problem: string]>([
    [
      "not a number",
      { WARREN_HTTP_PORT: "http" },
      [],
      'WARREN_HTTP_PORT is "http"; accepted: a whole number from 0 to 65535',
    ],
    [
      "too large",
      {},
      ["--http-port", "65536"],
      '--http-port is "65536"; accepted: a whole number from 0 to 65535',
    ],
    [
      "too small",
      { WARREN_ROOMS_MAX: "0" },
      [],
      'WARREN_ROOMS_MAX is "0"; accepted: a whole number from 1 to 100',
    ],
    [
      "not whole",
      { WARREN_ROOMS_MAX: "1.5" },
      [],
      'WARREN_ROOMS_MAX is "1.5"; accepted: a whole number from 1 to 100',
    ],
    [
      "only spaces",
      { WARREN_ROOMS_MAX: " " },
      [],
      'WARREN_ROOMS_MAX is " "; accepted: a whole number from 1 to 100',
    ],
    [
      "not one of them",
      { WARREN_LOG_LEVEL: "loud" },
      [],
      'WARREN_LOG_LEVEL is "loud"; accepted: debug, info',
    ],
    [
      "neither true nor false",
      { WARREN_NO_GUESTS: "yes" },
      [],
      'WARREN_NO_GUESTS is "yes"; accepted: true or false',
    ],
    ["no value", {}, ["--http-port"], "--http-port has no value; accepted: a whole number from 0 to 65535"],
    ["an empty value", {}, ["--http-port="], '--http-port is ""; accepted: a whole number from 0 to 65535'],
    [
      "an unknown flag",
      {},
      ["--htp-port=7"],
      "--htp-port is not known; accepted: --http-port --rooms-max --log-level --cors-origins --no-guests --auth-secret --secret-port",
    ],
  ])("%s", (_title, env, argv, problem) => {
    expect(problemsOf(env, ...argv)).toEqual([problem]);
  });

  it("all of it is said at once", () => {
    expect(problemsOf({ WARREN_ROOMS_MAX: "0" }, "--http-port", "x", "--what", "--log-level=loud")).toEqual([
      expect.stringMatching(/^--what/),
      expect.stringMatching(/^--http-port/),
      expect.stringMatching(/^WARREN_ROOMS_MAX/),
      expect.stringMatching(/^--log-level/),
    ]);
  });
});

it("settings handed on as an environment are read as the same", () => {
  const given = ["--http-port=1", "--cors-origins=a,b", "--no-guests"];
  const { config } = readConfig(table, { WARREN_AUTH_SECRET: SECRET }, given);
  expect(readConfig(table, envOf(table, config), []).config).toEqual(config);
});

describe("secrets", () => {
  it("are in no message", () => {
    const problems = problemsOf({ WARREN_SECRET_PORT: SECRET }, `--auth-secre=${SECRET}`);
    expect(problems).toEqual([
      expect.stringMatching(/^--auth-secre is not known/),
      "WARREN_SECRET_PORT is not valid; accepted: a whole number from 0 to 9",
    ]);
    expect(problems.join("\n")).not.toContain(SECRET);
  });

  it("are hidden in what is logged; whether there is one is not", () => {
    expect(redacted(table, read({ WARREN_AUTH_SECRET: SECRET }).config)).toMatchObject({
      authSecret: "***",
      httpPort: 8080,
    });
    expect(redacted(table, read({}).config)).toMatchObject({ authSecret: "" });
  });
});

it("help lists flag, meaning, default, variable and what is accepted", () => {
  expect(helpLines(table).join("\n")).toMatchInlineSnapshot(`
    "  --http-port                 Port for REST [8080]
                                  WARREN_HTTP_PORT; a whole number from 0 to 65535
      --rooms-max                 Rooms at one time [10]
                                  WARREN_ROOMS_MAX; a whole number from 1 to 100
      --log-level                 What is logged [info]
                                  WARREN_LOG_LEVEL; debug, info
      --cors-origins              Origins [*]
                                  WARREN_CORS_ORIGINS; names separated by commas
      --no-guests                 Refuse guests
                                  WARREN_NO_GUESTS; true or false
      --auth-secret               Signs tokens
                                  WARREN_AUTH_SECRET; 32 characters or more
      --secret-port               A number nobody may see [0]
                                  WARREN_SECRET_PORT; a whole number from 0 to 9"
  `);
});

describe("an option that is a list", () => {
  it("may stand several times, and each adds to it", () => {
    const argv = [
      "--cors-origins",
      "https://a.example",
      "--cors-origins=https://b.example,https://c.example",
    ];
    expect(read({ WARREN_CORS_ORIGINS: "https://d.example" }, ...argv).config.corsOrigins).toEqual([
      "https://a.example",
      "https://b.example",
      "https://c.example",
    ]);
  });
});

describe("a time", () => {
  const timed = { ramp: duration("10s", 3_600_000, { text: "How long" }) };
  const ramp = (text: string) => readConfig(timed, {}, ["--ramp", text]).config.ramp;

  it.each([
    ["500ms", 500],
    ["2.5s", 2_500],
    ["2m", 120_000],
    ["2min", 120_000],
    ["1h", 3_600_000],
    ["0s", 0],
  ])("%s is %d ms", (text, ms) => {
    expect(ramp(text)).toBe(ms);
  });

  it("has a default", () => {
    expect(readConfig(timed, {}, []).config.ramp).toBe(10_000);
  });

  it.each(["10", "s", "-1s", "1 hour", "61min", "1e3ms"])("cannot be %s", (text) => {
    expect(() => ramp(text)).toThrow(
      `--ramp is "${text}"; accepted: a time up to 1 h, such as 500ms, 30s or 2min`,
    );
  });
});
