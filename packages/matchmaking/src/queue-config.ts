import { InputError, parseName, wholeNumber } from "@warren/kernel";

/** A value that changes with the age of the one who waits: from `atMs` on it is `value`. */
export interface Step {
  readonly atMs: number;
  readonly value: number;
}

/** A kind of match. Plain data: it names its room and options, and no code. */
export interface QueueSource<Room extends string = string> {
  /** Name of the room definition. */
  room: Room;
  /** Options the room is opened with. @default {} */
  options?: Readonly<Record<string, unknown>>;
  /** Players of a full match, 1 to 1,000. */
  size: number;
  /**
   * From this age of the oldest ticket on, `min` players are enough, and bots take seats until `fillTo` are taken
   * (0: no bots). Without steps only full matches are made. @default []
   */
  relax?: readonly { readonly atMs: number; readonly min: number; readonly fillTo: number }[];
  /** Match by this number: any two in a match differ by at most the window of the one who waited longest. */
  skill?: { readonly attribute: string; readonly default: number; readonly windows: readonly Step[] };
  /** Later tickets may take free seats, and seats of bots, in rooms of this queue that run. @default false */
  backfill?: boolean;
  /** A ticket that waited this long expires, 1,000 to 3,600,000 ms. @default 120_000 */
  expireMs?: number;
}

export interface QueueConfig<Room extends string = string>
  extends Required<Omit<QueueSource<Room>, "skill">> {
  readonly skill: NonNullable<QueueSource["skill"]> | undefined;
}

/** Describes a queue. Throws InputError when a number is out of its range or the queue could never match. */
export function defineQueue<const Room extends string>(source: QueueSource<Room>): QueueConfig<Room> {
  const size = wholeNumber("size", source.size, 1, 1_000);
  const relax = [...(source.relax ?? [])];
  for (const step of relax) {
    wholeNumber("relax.atMs", step.atMs, 0, 3_600_000);
    wholeNumber("relax.min", step.min, 1, size);
    wholeNumber("relax.fillTo", step.fillTo, 0, size);
  }
  if (source.skill) {
    if (source.skill.windows[0]?.atMs !== 0)
      throw new InputError("skill.windows", source.skill.windows, "steps that begin with atMs 0");
    rising("skill.windows", source.skill.windows);
    if (!Number.isFinite(source.skill.default))
      throw new InputError("skill.default", source.skill.default, "a number");
  }
  return {
    room: parseName(source.room, "room") as Room,
    options: source.options ?? {},
    size,
    relax: relax.sort((a, b) => a.atMs - b.atMs),
    skill: source.skill,
    backfill: source.backfill ?? false,
    expireMs: wholeNumber("expireMs", source.expireMs ?? 120_000, 1_000, 3_600_000),
  };
}

function rising(field: string, steps: readonly Step[]): void {
  for (const [i, { value }] of steps.entries())
    if (!(value >= 0)) throw new InputError(`${field}[${i}].value`, value, "a number from 0");
  for (let i = 1; i < steps.length; i++) {
    if (steps[i]!.atMs <= steps[i - 1]!.atMs)
      throw new InputError(`${field}[${i}].atMs`, steps[i]!.atMs, "more than the step before");
    if (steps[i]!.value < steps[i - 1]!.value)
      throw new InputError(`${field}[${i}].value`, steps[i]!.value, "no less than the step before");
  }
}
