import type { QueueConfig } from "./queue-config.ts";

/** What is allowed, and most likely not meant. */
export interface QueueWarning {
  /** Path in the queue, such as `relax[0].min`. */
  readonly field: string;
  /** What comes of it. */
  readonly text: string;
}

/** From here on a full match needs so many that a quiet night has none. */
const MANY_PLAYERS = 4;
/** Of a mean skill of 1,500 this is a window of 150: less, and most pairs are too far apart. */
const NARROW_SHARE = 0.1;
const NEARLY_PERFECT = 0.95;

/** What a studio should look at twice in a queue that is valid. */
export function queueWarnings(config: QueueConfig): readonly QueueWarning[] {
  return [
    ...neverReached(config),
    ...hardToFill(config),
    ...skill(config),
    ...attributes(config),
    ...withoutEffect(config),
  ];
}

function* neverReached({ skill, latency, relax, quality, expireMs }: QueueConfig): Iterable<QueueWarning> {
  const schedules: [field: string, steps: readonly { readonly atMs: number }[]][] = [
    ["skill.windows", skill?.windows ?? []],
    ["latency.maxMs", latency?.maxMs ?? []],
    ["relax", relax],
    ["quality.accept", quality?.accept ?? []],
  ];
  for (const [field, steps] of schedules)
    for (const [i, { atMs }] of steps.entries())
      if (atMs >= expireMs)
        yield {
          field: `${field}[${i}].atMs`,
          text: `the step at ${atMs} ms is never reached: tickets expire after ${expireMs} ms`,
        };
}

function* hardToFill({ size, relax, backfill, quality, latency }: QueueConfig): Iterable<QueueWarning> {
  if (size >= MANY_PLAYERS && relax.length === 0)
    yield {
      field: "relax",
      text: `only ${size} players are a match: with fewer in the queue everybody waits until the ticket expires`,
    };
  for (const [i, { min, fillTo }] of relax.entries()) {
    if (fillTo > 0 && fillTo <= min)
      yield { field: `relax[${i}].fillTo`, text: `no bot ever comes: ${min} players are there already` };
    if (min === 1 && fillTo <= 1 && size > 1 && backfill === "none")
      yield {
        field: `relax[${i}].min`,
        text: "a player is alone in a room: without bots, and nobody comes later",
      };
    if (min === size) yield { field: `relax[${i}].min`, text: "is a full match: the step changes nothing" };
  }
  if ((quality?.accept.at(-1)?.value ?? 0) >= NEARLY_PERFECT)
    yield { field: "quality.accept", text: "asks for a nearly perfect match however long somebody waits" };
  if (latency)
    yield {
      field: "latency",
      text: "matches only in regions: every room-server needs its own (WARREN_REGION), and players who measure them",
    };
}

function* skill({ skill, rating, attributes }: QueueConfig): Iterable<QueueWarning> {
  if (!skill) {
    if (rating)
      yield { field: "rating", text: "changes with results, and nobody is matched by it: there is no skill" };
    return;
  }
  const widest = skill.windows.at(-1)!.value;
  const isRating = rating?.name === skill.attribute;
  const rule = attributes[skill.attribute];
  if (rating && !isRating)
    yield { field: "skill.attribute", text: `is not the rating ${rating.name}, which results change` };
  const usual = isRating ? rating.sigma : rule?.type === "number" ? Math.abs(rule.default) * NARROW_SHARE : 0;
  if (widest < usual)
    yield {
      field: "skill.windows",
      text: `never covers more than ${widest}: who is further from everybody else waits until the ticket expires`,
    };
  if (rule && !rule.trusted)
    yield {
      field: `attributes.${skill.attribute}.trusted`,
      text: "players say themselves how good they are",
    };
}

function* attributes({
  attributes,
  equal,
  share,
  skill,
  priority,
  teams,
}: QueueConfig): Iterable<QueueWarning> {
  const used = new Set([...equal, ...share.map(({ attribute }) => attribute), skill?.attribute]);
  for (const row of priority) if ("attribute" in row) used.add(row.attribute);
  if (Object.keys(teams.roles).length > 0) used.add("role");
  for (const [name, { trusted }] of Object.entries(attributes)) {
    if (!used.has(name)) yield { field: `attributes.${name}`, text: "nobody is matched by it" };
    if (equal.includes(name) && !trusted)
      yield {
        field: "equal",
        text: `players say any ${name} they like, and each one is a queue of its own`,
      };
  }
}

function* withoutEffect({
  size,
  teams,
  party,
  skill,
  latency,
  acceptance,
  quality,
}: QueueConfig): Iterable<QueueWarning> {
  if (party.mirrorUntilMs > 0 && (teams.count < 2 || party.max < 2))
    yield { field: "party.mirrorUntilMs", text: "has no effect without teams and parties" };
  if (party.sizeBonus.length > 0 && !skill)
    yield { field: "party.sizeBonus", text: "has no effect: nobody is matched by skill" };
  const counted = [skill && teams.count > 1 && "balance", skill && "spread", latency && "latency"] as const;
  if (quality && !counted.some((part) => part && quality.weights[part] > 0))
    yield { field: "quality", text: "has no effect: the queue knows nothing of what it weighs" };
  if (acceptance && size === 1) yield { field: "acceptance", text: "asks a player who waits for nobody" };
}
