import { InputError } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";

/** An id from outside. What cannot be one is nothing that exists: throws `code` instead of INVALID_ARGUMENT. */
export function idOrNotFound<Id>(
  parse: (text: string) => Id,
  text: string,
  code: ErrorCode,
  field: string,
): Id {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new WarrenError(code, undefined, { details: { field } });
  }
}
