import type { Logger } from "./logger.ts";

/**
 * What a process has to close, in the order it was opened. `stop` closes in reverse, each part once,
 * and gives up on the rest when the time is over.
 */
export class Lifecycle {
  readonly #parts: { name: string; close: () => Promise<void> | void }[] = [];
  readonly #log: Logger;
  #stopping: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  opened(name: string, close: () => Promise<void> | void): void {
    this.#parts.push({ name, close });
  }

  stop(timeoutMs: number): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async #stop(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    const all = (async () => {
      for (const { name, close } of this.#parts.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          this.#log.warn({ event: "stop.failed", part: name, err: error }, `closing ${name} failed`);
        }
      }
    })();
    await Promise.race([all, timeout]);
    clearTimeout(timer);
  }
}

/** Runs `stop` at the first SIGINT or SIGTERM and exits with 0; a second signal exits at once. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let signals = 0;
  const onSignal = () => {
    if (++signals > 1) process.exit(130);
    void stop().finally(() => process.exit(0));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}
