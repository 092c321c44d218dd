import { InputError } from "@warren/kernel";

/** Why a step failed: a code of docs/errors.md, or one of {@link OWN_CODES}. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly code: string;
  /** It is in the run's errors already, or is not to be. */
  isCounted = false;

  constructor(code: string, message: string = code) {
    super(message);
    this.code = code;
  }
}

/** What goes wrong on the way or on this side. */
export const OWN_CODES = {
  /** No answer in time. */
  TIMEOUT: "TIMEOUT",
  /** The connection could not be had, or was lost. */
  CONNECTION: "CONNECTION",
  /** The ticket ended without a match, and the player had not asked for that. */
  TICKET_CANCELLED: "TICKET_CANCELLED",
  TICKET_EXPIRED: "TICKET_EXPIRED",
  /** An answer is not what docs/protocol.md says. */
  PROTOCOL: "PROTOCOL",
  /** The scenario threw something of its own. */
  SCENARIO: "SCENARIO",
} as const;

/** The player gave up, on purpose. It is no error of the server, and not counted as one. */
export class Cancelled extends StepError {
  constructor() {
    super("CANCELLED", "the player cancelled");
    this.isCounted = true;
  }
}

/** Undefined when the player, or the leader of its lobby, cancelled meanwhile. */
export function unlessCancelled<T>(step: Promise<T>): Promise<T | undefined> {
  return step.catch((error: unknown) => {
    if (error instanceof Cancelled) return undefined;
    throw error;
  });
}

/** The run is over; nothing failed. */
export class RunEnded extends StepError {
  constructor() {
    super("RUN_ENDED", "the run is over");
    this.isCounted = true;
  }
}

/** The one funnel for whatever was thrown on the way. */
export function toStepError(error: unknown): StepError {
  if (error instanceof StepError) return error;
  // Something the scenario said is not valid.
  if (error instanceof InputError) return new StepError(OWN_CODES.SCENARIO, error.message);
  return new StepError(OWN_CODES.CONNECTION, error instanceof Error ? error.message : String(error));
}
