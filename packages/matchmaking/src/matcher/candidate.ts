import type { Ticket } from "../fold/ticket.ts";
import type { Lane } from "./lane.ts";
import type { QueueRules } from "./queue-rules.ts";
import type { Chunk, SkillIndex } from "./skill-index.ts";

/** Of who needs none; never written to. */
const NONE: number[] = [];

/** A ticket as one queue sees it: everything its rules ask for, worked out once. */
export class Candidate {
  readonly ticket: Ticket;
  readonly lane: Lane;
  readonly rules: QueueRules;
  readonly players: number;
  readonly postedAtMs: number;
  /** Who is lower goes first: when it was posted, less what the queue's priorities give. */
  readonly bornMs: number;
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

  /** Its window and the latency it accepts at `seenAtMs`. */
  window = 0;
  allowedMs = Number.POSITIVE_INFINITY;
  seenAtMs = Number.NaN;

  /** Where the matcher has it. A paused one was refused a moment ago and is nobody's candidate yet. */
  state: "paused" | "waiting" | "gone" = "gone";
  /** Among those that are to be tried as seeds. */
  isSeed = false;
  index: SkillIndex | undefined = undefined;
  chunk: Chunk | undefined = undefined;
  /** The same ticket in its next queue, and round to the first again. */
  sibling: Candidate = this;
  /** In the wheel: when it is looked at again, in decider's time, and its neighbours in the slot. */
  dueMs = 0;
  slot = -1;
  nextDue: Candidate | undefined = undefined;
  prevDue: Candidate | undefined = undefined;

  constructor(lane: Lane, ticket: Ticket, order: number) {
    const { rules } = lane;
    this.lane = lane;
    this.rules = rules;
    this.ticket = ticket;
    this.order = order;
    this.players = ticket.players.length;
    this.postedAtMs = ticket.postedAtMs;
    this.bornMs = ticket.postedAtMs - rules.bonusMs(ticket);
    this.skill = rules.skillOf(ticket);
    this.extraWindow = rules.extraWindowOf(ticket);
    this.bucket = rules.bucketOf(ticket);
    this.shared = rules.sharedOf(ticket);
    this.roles = rules.rolesOf(ticket);
  }

  /** Brings what widens with age up to now. */
  see(nowMs: number): void {
    if (
      this.seenAtMs === nowMs &&
      (this.latencyMs === NONE || this.latencyMs.length === this.rules.regions.length)
    )
      return;
    this.seenAtMs = nowMs;
    const ageMs = nowMs - this.postedAtMs;
    this.window = this.rules.windowAt(ageMs) + this.extraWindow;
    if (this.rules.config.latency) {
      this.allowedMs = this.rules.allowedMsAt(ageMs);
      const { regions } = this.rules;
      if (this.latencyMs === NONE) this.latencyMs = [];
      while (this.latencyMs.length < regions.length)
        this.latencyMs.push(this.rules.latencyOf(this.ticket, regions[this.latencyMs.length]!));
    }
  }

  reaches(region: number): boolean {
    return this.latencyMs[region]! <= this.allowedMs;
  }
}

/** Who goes first. */
export function isBefore(a: Candidate, b: Candidate): boolean {
  return a.bornMs < b.bornMs || (a.bornMs === b.bornMs && a.order < b.order);
}
