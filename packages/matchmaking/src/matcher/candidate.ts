import type { Ticket } from "../fold/ticket.ts";
import type { Lane } from "./lane.ts";
import type { QueueRules } from "./queue-rules.ts";
import type { Chunk } from "./skill-index.ts";
import type { Timer } from "./timer-wheel.ts";

/** Of who needs none; never written to. */
const NONE: number[] = [];

/**
 * A ticket as one queue sees it: everything its rules ask for, worked out once. There are as many as tickets wait, so
 * each field counts: a number that is not a small integer takes three words.
 */
export class Candidate {
  readonly ticket: Ticket;
  readonly lane: Lane;
  readonly players: number;
  readonly postedAtMs: number;
  /** What the queue's priorities give. */
  readonly bonusMs: number;
  /** Breaks ties, so that equal pools give equal matches. */
  readonly order: number;
  readonly skill: number;
  /** Added to its window because its skill is uncertain. */
  readonly extraWindow: number;
  /** What has to be equal in a match. */
  readonly bucket: string;
  /** Per rule of `share`, the words all its players have, as bits. */
  readonly shared: readonly number[];
  /** Per player, the queue's roles it would play, as bits. */
  readonly roles: readonly number[];
  /** Worst latency of its players per region of {@link QueueRules.regions}; infinite: not known. Grows with them. */
  latencyMs: number[] = NONE;

  /** Its window and, where there is a rule for it, the latency it accepts at `seenAtMs`. */
  window = 0;
  allowedMs = 0;
  seenAtMs = Number.NaN;

  /** Where the matcher has it. A paused one was refused a moment ago and is nobody's candidate yet. */
  state: "paused" | "waiting" | "gone" = "gone";
  /** Among those that are to be tried as seeds. */
  isSeed = false;
  chunk: Chunk | undefined = undefined;
  /** The same ticket in its next queue, and round to the first again. */
  sibling: Candidate = this;
  /** When it is looked at again. */
  timer: Timer | undefined = undefined;

  constructor(lane: Lane, ticket: Ticket, order: number) {
    const { rules } = lane;
    this.lane = lane;
    this.ticket = ticket;
    this.order = order;
    this.players = ticket.players.length;
    this.postedAtMs = ticket.postedAtMs;
    this.bonusMs = rules.bonusMs(ticket);
    this.skill = rules.skillOf(ticket);
    this.extraWindow = rules.extraWindowOf(ticket);
    this.bucket = rules.bucketOf(ticket);
    this.shared = rules.sharedOf(ticket);
    this.roles = rules.rolesOf(ticket);
  }

  get rules(): QueueRules {
    return this.lane.rules;
  }

  /** Who is lower goes first. */
  get bornMs(): number {
    return this.postedAtMs - this.bonusMs;
  }

  /** Brings what widens with age up to now. */
  see(nowMs: number): void {
    const { rules } = this.lane;
    const { regions } = rules;
    if (this.seenAtMs === nowMs && (this.latencyMs === NONE || this.latencyMs.length === regions.length))
      return;
    this.seenAtMs = nowMs;
    const ageMs = nowMs - this.postedAtMs;
    this.window = rules.windowAt(ageMs) + this.extraWindow;
    if (rules.config.latency) {
      this.allowedMs = rules.allowedMsAt(ageMs);
      if (this.latencyMs === NONE) this.latencyMs = [];
      while (this.latencyMs.length < regions.length)
        this.latencyMs.push(rules.latencyOf(this.ticket, regions[this.latencyMs.length]!));
    }
  }

  reaches(region: number): boolean {
    return this.latencyMs[region]! <= this.allowedMs;
  }
}

/** Who goes first. */
export function isBefore(a: Candidate, b: Candidate): boolean {
  const apartMs = a.bornMs - b.bornMs;
  return apartMs < 0 || (apartMs === 0 && a.order < b.order);
}
