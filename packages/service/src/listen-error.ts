import { envName } from "./read-config.ts";

/** A port that cannot be had; the message says which and what to set. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Turns an error of `listen` into one line for a person. */
export function listenError(error: unknown, port: number, option: string): Error {
  const code = (error as NodeJS.ErrnoException)?.code;
  const set = `set ${envName(option)} to another port, or 0 for any`;
  if (code === "EADDRINUSE") return new ListenError(`port ${port} is in use; ${set}`);
  if (code === "EACCES") return new ListenError(`port ${port} needs rights this process does not have; ${set}`);
  return error instanceof Error ? error : new Error(String(error));
}
