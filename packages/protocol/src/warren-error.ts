import { InputError } from "@warren/kernel";
import { ERRORS, type ErrorCode } from "./error-table.ts";

/** More for the one who gets an error, such as `ticketId`; never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly string[]>>;

/** An expected error with a code from the error table. `message` says what was wrong and reaches the other side. */
export class WarrenError extends Error {
  override readonly name = "WarrenError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].text,
    options: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The one funnel for whatever was thrown. Foreign errors become INTERNAL; their text stays in `cause`. */
  static from(error: unknown): WarrenError {
    if (error instanceof WarrenError) return error;
    if (error instanceof InputError)
      return new WarrenError("INVALID_ARGUMENT", error.message, { details: { field: error.field } });
    return new WarrenError("INTERNAL", ERRORS.INTERNAL.text, { cause: error });
  }
}
