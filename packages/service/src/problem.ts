import { ERRORS, type ErrorCode, type WarrenError } from "@warren/protocol";

/** An error as an RFC 9457 problem. `code` is stable; `title` is the table's sentence, `detail` what was wrong here. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retry: string;
  readonly [more: string]: string | number | readonly string[];
}

export function problemOf(error: WarrenError): Problem {
  const { http, text, retry } = ERRORS[error.code];
  return {
    ...error.details,
    type: `urn:warren:error:${error.code}`,
    title: text,
    status: http,
    code: error.code,
    detail: error.message,
    retry,
  };
}
