import { FieldChecks, isRecord } from "./field-checks.ts";
import type { QueueProblem } from "./queue-problem.ts";

const PLAYERS_MAX = 1_000;
const TEAMS_MAX = 100;
const ATTRIBUTES_MAX = 32;
/** Words of a set: as many as a bit mask holds. */
const SET_VALUES_MAX = 31;

const FIELDS = [
  "room",
  "options",
  "version",
  "attributes",
  "equal",
  "share",
  "size",
  "teams",
  "party",
  "skill",
  "latency",
  "relax",
  "quality",
  "gatherMs",
  "backfill",
  "acceptance",
  "priority",
  "rating",
  "expireMs",
  "orphanGraceMs",
];

type Fields = Readonly<Record<string, unknown>>;

/** Everything that is wrong with what a studio wrote for a queue, whatever it wrote. */
export function queueProblems(source: unknown): readonly QueueProblem[] {
  const checks = new FieldChecks();
  checks.object("", source, FIELDS);
  if (typeof source === "object" && source !== null) new QueueRules(source as Fields, checks).check();
  return checks.problems;
}

/** The rules for a queue's fields, and for what they say of each other. */
class QueueRules {
  readonly #source: Fields;
  readonly #checks: FieldChecks;
  readonly #attributes: ReadonlyMap<string, Fields>;
  /** Players of a team, and of a match; undefined: not said in a way that can be read. */
  #teamSize: number | undefined;
  #size: number | undefined;

  constructor(source: Fields, checks: FieldChecks) {
    this.#source = source;
    this.#checks = checks;
    this.#attributes = new Map(
      Object.entries(isRecord(source["attributes"]) ? source["attributes"] : {}).filter(
        (entry): entry is [string, Fields] => isRecord(entry[1]),
      ),
    );
  }

  check(): void {
    const { options, version, gatherMs, expireMs, orphanGraceMs } = this.#source as Record<string, unknown>;
    const checks = this.#checks;
    const { room } = this.#source as { room?: unknown };
    if (typeof room !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(room))
      checks.no("room", room, "1 to 32 characters of a-z 0-9 -, the first a letter");
    if (options !== undefined) checks.record("options", options);
    if (version !== undefined) checks.whole("version", version, 1, 2 ** 32 - 1);
    this.#eachAttribute();
    this.#sizes();
    this.#equalAndShare();
    this.#party();
    this.#skillAndLatency();
    this.#relax();
    this.#quality();
    this.#backfill();
    this.#priority();
    this.#rating();
    if (gatherMs !== undefined) checks.ms("gatherMs", gatherMs, 0, 60_000);
    if (expireMs !== undefined) checks.ms("expireMs", expireMs, 1_000);
    if (orphanGraceMs !== undefined) checks.ms("orphanGraceMs", orphanGraceMs, 1_000);
    this.#acceptance();
    this.#timeToMatch();
  }

  #eachAttribute(): void {
    const checks = this.#checks;
    const { attributes } = this.#source as { attributes?: unknown };
    if (attributes === undefined || !checks.record("attributes", attributes)) return;
    const names = Object.keys(attributes);
    if (names.length > ATTRIBUTES_MAX) checks.no("attributes", names, `at most ${ATTRIBUTES_MAX}`);
    for (const [name, rule] of Object.entries(attributes)) {
      const at = `attributes.${name}`;
      checks.word(at, name);
      if (!checks.record(at, rule) || !checks.oneOf(`${at}.type`, rule["type"], ["number", "text", "set"]))
        continue;
      const isSet = rule["type"] === "set";
      checks.object(at, rule, ["type", "default", "trusted", ...(isSet ? ["values"] : [])]);
      if (rule["trusted"] !== undefined) checks.oneOf(`${at}.trusted`, rule["trusted"], [true, false]);
      if (rule["type"] === "number") checks.number(`${at}.default`, rule["default"]);
      if (rule["type"] === "text") checks.text(`${at}.default`, rule["default"]);
      if (isSet) this.#set(at, rule);
    }
  }

  #set(at: string, { values, default: initial }: Fields): void {
    const checks = this.#checks;
    if (!checks.words(`${at}.values`, values, 1, SET_VALUES_MAX) || initial === undefined) return;
    if (!checks.words(`${at}.default`, initial, 0, values.length)) return;
    for (const [i, word] of initial.entries())
      if (!values.includes(word)) checks.no(`${at}.default[${i}]`, word, values.join(", "));
  }

  #sizes(): void {
    const checks = this.#checks;
    const { size, teams } = this.#source as { size?: unknown; teams?: unknown };
    if (teams === undefined) {
      if (checks.whole("size", size, 1, PLAYERS_MAX)) {
        this.#size = size;
        this.#teamSize = size;
      }
      return;
    }
    if (size !== undefined) checks.no("size", size, "nothing beside teams, which say the size");
    if (!checks.record("teams", teams)) return;
    checks.object("teams", teams, ["count", "size", "roles"]);
    const { count, size: teamSize, roles } = teams;
    const isCount = checks.whole("teams.count", count, 1, TEAMS_MAX);
    if (!checks.whole("teams.size", teamSize, 1, PLAYERS_MAX)) return;
    this.#teamSize = teamSize;
    if (isCount && count * teamSize > PLAYERS_MAX)
      checks.no("teams", count * teamSize, `count × size up to ${PLAYERS_MAX}`);
    else if (isCount) this.#size = count * teamSize;
    if (roles !== undefined) this.#roles(roles, teamSize);
  }

  #roles(roles: unknown, teamSize: number): void {
    const checks = this.#checks;
    if (!checks.record("teams.roles", roles)) return;
    const words = this.#wordsOf("role");
    if (!words)
      return void checks.no(
        "attributes.role",
        (this.#source["attributes"] as Fields | undefined)?.["role"],
        "a set of the roles: what a player would play",
      );
    let [least, most] = [0, 0];
    for (const [role, count] of Object.entries(roles)) {
      const at = `teams.roles.${role}`;
      if (!words.includes(role)) checks.no(at, count, `a word of the attribute role: ${words.join(", ")}`);
      const range: unknown = Array.isArray(count) ? count : [count, count];
      const [min, max] = range as [unknown, unknown];
      const isRange =
        (range as unknown[]).length === 2 && isWhole(min, teamSize) && isWhole(max, teamSize) && min <= max;
      if (!isRange) {
        checks.no(at, count, `a whole number from 0 to ${teamSize}, or [min, max] of them`);
        return;
      }
      least += min;
      most += max;
    }
    // A role that no team has is one nobody can be given.
    const unused = words.filter((word) => !Object.hasOwn(roles, word));
    if (unused.length > 0)
      checks.no(
        "teams.roles",
        Object.keys(roles),
        `every word of the attribute role; ${unused.join(", ")} is missing`,
      );
    if (least > teamSize)
      checks.no("teams.roles", roles, `at least ${least} players, but a team has ${teamSize}`);
    if (most < teamSize)
      checks.no("teams.roles", roles, `roles for all ${teamSize} of a team; these are for ${most}`);
  }

  #equalAndShare(): void {
    const checks = this.#checks;
    const { equal, share } = this.#source as { equal?: unknown; share?: unknown };
    if (equal !== undefined && checks.words("equal", equal, 0, ATTRIBUTES_MAX))
      for (const [i, name] of equal.entries()) this.#declared(`equal[${i}]`, name, "text");
    if (share === undefined || !checks.list("share", share, ATTRIBUTES_MAX)) return;
    for (const [i, each] of share.entries()) {
      const at = `share[${i}]`;
      if (!checks.object(at, each, ["attribute", "min"])) continue;
      if (this.#declared(`${at}.attribute`, each["attribute"], "set"))
        checks.whole(`${at}.min`, each["min"], 1, this.#wordsOf(each["attribute"])?.length ?? SET_VALUES_MAX);
    }
  }

  #party(): void {
    const checks = this.#checks;
    const { party } = this.#source as { party?: unknown };
    if (party === undefined || !checks.record("party", party)) return;
    checks.object("party", party, ["max", "best", "sizeBonus", "mirrorUntilMs"]);
    const { max, best, sizeBonus, mirrorUntilMs } = party;
    if (max !== undefined) checks.whole("party.max", max, 1, this.#teamSize ?? PLAYERS_MAX);
    if (best !== undefined) checks.number("party.best", best, 0, 1);
    if (
      sizeBonus !== undefined &&
      checks.list("party.sizeBonus", sizeBonus, Number(max ?? this.#teamSize ?? PLAYERS_MAX))
    )
      for (const [i, bonus] of sizeBonus.entries()) checks.number(`party.sizeBonus[${i}]`, bonus);
    if (mirrorUntilMs !== undefined) checks.ms("party.mirrorUntilMs", mirrorUntilMs);
  }

  #skillAndLatency(): void {
    const checks = this.#checks;
    const { skill, latency, rating } = this.#source as {
      skill?: unknown;
      latency?: unknown;
      rating?: unknown;
    };
    if (skill !== undefined && checks.record("skill", skill)) {
      checks.object("skill", skill, ["attribute", "windows", "interpolate", "ageRule", "sigma"]);
      const { attribute, windows, interpolate, ageRule, sigma } = skill;
      if (!isRecord(rating) || rating["name"] !== attribute)
        this.#declared("skill.attribute", attribute, "number", isRecord(rating) ? rating["name"] : undefined);
      // Two of the same skill differ by 0: a window below it never matches anyone.
      checks.steps("skill.windows", windows, [0, Number.POSITIVE_INFINITY], "rise");
      if (interpolate !== undefined) checks.oneOf("skill.interpolate", interpolate, ["step", "linear"]);
      if (ageRule !== undefined) checks.oneOf("skill.ageRule", ageRule, ["max", "min", "mean"]);
      if (sigma !== undefined) checks.number("skill.sigma", sigma, 0, 10);
    }
    if (latency !== undefined && checks.object("latency", latency, ["maxMs"]))
      checks.steps("latency.maxMs", latency["maxMs"], [1, 10_000], "rise");
  }

  #relax(): void {
    const checks = this.#checks;
    const { relax } = this.#source as { relax?: unknown };
    if (relax === undefined || !checks.list("relax", relax, 32)) return;
    const size = this.#size ?? PLAYERS_MAX;
    const steps: { readonly at: string; readonly atMs: number; readonly min: number }[] = [];
    for (const [i, step] of relax.entries()) {
      const at = `relax[${i}]`;
      if (!checks.record(at, step)) continue;
      checks.object(at, step, ["atMs", "min", "fillTo", "multipleOf"]);
      const { atMs, min, fillTo, multipleOf = 1 } = step;
      const isTime = checks.ms(`${at}.atMs`, atMs);
      const isMin = checks.whole(`${at}.min`, min, 1, size);
      checks.whole(`${at}.fillTo`, fillTo, 0, size);
      const isMultiple = checks.whole(`${at}.multipleOf`, multipleOf, 1, size);
      if (isMin && isMultiple && Math.ceil(min / multipleOf) * multipleOf > size)
        checks.no(`${at}.multipleOf`, multipleOf, `a number with a multiple from ${min} to ${size}`);
      if (isTime && isMin) steps.push({ at, atMs, min });
    }
    steps.sort((a, b) => a.atMs - b.atMs);
    for (const [i, { at, atMs, min }] of steps.entries()) {
      const before = steps[i - 1];
      if (before?.atMs === atMs) checks.no(`${at}.atMs`, atMs, "another age than the other steps");
      else if (before && min > before.min)
        checks.no(`${at}.min`, min, `up to ${before.min}, which was enough after ${before.atMs} ms`);
    }
  }

  #quality(): void {
    const checks = this.#checks;
    const { quality } = this.#source as { quality?: unknown };
    if (quality === undefined || !checks.record("quality", quality)) return;
    checks.object("quality", quality, ["weights", "accept"]);
    const { weights, accept } = quality;
    checks.steps("quality.accept", accept, [0, 1], "fall");
    const parts = ["balance", "spread", "latency"];
    if (weights === undefined || !checks.object("quality.weights", weights, parts)) return;
    const rights = parts.map((part) => checks.number(`quality.weights.${part}`, weights[part], 0, 1_000));
    if (rights.every(Boolean) && parts.every((part) => weights[part] === 0))
      checks.no("quality.weights", weights, "at least one above 0");
  }

  #backfill(): void {
    const checks = this.#checks;
    const { backfill } = this.#source as { backfill?: unknown };
    if (backfill === undefined || typeof backfill === "boolean") return;
    if (checks.object("backfill", backfill, ["priority"]))
      checks.oneOf("backfill.priority", backfill["priority"], ["high", "normal", "low"]);
  }

  #acceptance(): void {
    const checks = this.#checks;
    const { acceptance } = this.#source as { acceptance?: unknown };
    if (acceptance === undefined || !checks.record("acceptance", acceptance)) return;
    checks.object("acceptance", acceptance, ["timeoutMs", "declineMs", "missMs"]);
    const { timeoutMs, declineMs, missMs } = acceptance;
    checks.ms("acceptance.timeoutMs", timeoutMs, 1_000, 120_000);
    if (declineMs !== undefined) checks.ms("acceptance.declineMs", declineMs);
    if (missMs !== undefined) checks.ms("acceptance.missMs", missMs);
  }

  #priority(): void {
    const checks = this.#checks;
    const { priority } = this.#source as { priority?: unknown };
    if (priority === undefined || !checks.list("priority", priority, 32)) return;
    for (const [i, row] of priority.entries()) {
      const at = `priority[${i}]`;
      if (!checks.record(at, row)) continue;
      const isReturned = Object.hasOwn(row, "returned");
      checks.object(at, row, isReturned ? ["returned", "ageMs"] : ["attribute", "value", "ageMs"]);
      checks.ms(`${at}.ageMs`, row["ageMs"]);
      if (isReturned) checks.oneOf(`${at}.returned`, row["returned"], [true]);
      else if (this.#declared(`${at}.attribute`, row["attribute"], "text"))
        checks.text(`${at}.value`, row["value"]);
    }
  }

  #rating(): void {
    const checks = this.#checks;
    const { rating } = this.#source as { rating?: unknown };
    if (rating === undefined || !checks.record("rating", rating)) return;
    checks.object("rating", rating, ["name", "model", "mu", "sigma"]);
    const { name, model, mu, sigma } = rating;
    if (checks.word("rating.name", name) && this.#attributes.has(name))
      checks.no("rating.name", name, "a name that is none of the attributes: the rating is one of its own");
    const models = ["plackettLuce", "bradleyTerryFull", "thurstoneMostellerFull"];
    if (model !== undefined) checks.oneOf("rating.model", model, models);
    if (mu !== undefined) checks.number("rating.mu", mu, -1e9, 1e9);
    if (sigma !== undefined) checks.number("rating.sigma", sigma, 1e-6, 1e9);
  }

  /** Who has to gather and accept has to be there long enough for it. */
  #timeToMatch(): void {
    const times = ["gatherMs", "expireMs", "acceptance.timeoutMs"];
    if (this.#checks.problems.some(({ field }) => times.includes(field))) return;
    const { gatherMs = 0, expireMs = 120_000, acceptance } = this.#source as Record<string, unknown>;
    const timeoutMs = isRecord(acceptance) ? acceptance["timeoutMs"] : 0;
    const neededMs = Number(gatherMs) + Number(timeoutMs);
    if (neededMs < Number(expireMs)) return;
    const why = isRecord(acceptance) ? "acceptance.timeoutMs + gatherMs" : "gatherMs";
    if (Number.isFinite(neededMs) && Number.isFinite(Number(expireMs)))
      this.#checks.no("expireMs", expireMs, `more than ${why}, which is ${neededMs}`);
  }

  #declared(field: string, name: unknown, type: "number" | "text" | "set", rating?: unknown): name is string {
    if (typeof name === "string" && this.#attributes.get(name)?.["type"] === type) return true;
    const names = [...this.#attributes].filter(([, rule]) => rule["type"] === type).map(([each]) => each);
    if (rating !== undefined) names.push(String(rating));
    return this.#checks.no(
      field,
      name,
      `a ${type} attribute of the queue${rating === undefined ? "" : " or its rating"}; ${names.length === 0 ? "there is none" : `there is ${names.join(", ")}`}`,
    );
  }

  /** Words of a set attribute; undefined: there is no such set. */
  #wordsOf(name: string): readonly string[] | undefined {
    const rule = this.#attributes.get(name);
    return rule?.["type"] === "set" && Array.isArray(rule["values"]) ? rule["values"] : undefined;
  }
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
