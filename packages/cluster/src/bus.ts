/** Messages that are not kept: at most once, no order between subjects. Subjects are below `warren.<cluster>.`. */
export interface Bus {
  publish(subject: string, bytes: Uint8Array): void;
  /**
   * Calls `handler` for every message on the subject (`*`, `>` allowed). What it returns answers a request;
   * a thrown error is logged by the caller's process and answers nothing.
   */
  subscribe(
    subject: string,
    handler: (bytes: Uint8Array, subject: string) => Uint8Array | undefined,
  ): Promise<() => void>;
  /** The first answer. Rejects with {@link NoAnswer} when nobody listens or nobody answers in time. */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
}

/** Nobody listens on the subject, or no answer came in time. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}
