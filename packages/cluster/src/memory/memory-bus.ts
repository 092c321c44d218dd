import type { Clock } from "@warren/kernel";
import { type Bus, NoAnswer } from "../bus.ts";
import type { OnEvent } from "../event.ts";
import { assertBusFilter, assertBusSubject, assertRecord, subjectMatches } from "../limits.ts";

type Handler = Parameters<Bus["subscribe"]>[1];

/** A bus within one process. Handlers run after the publisher's turn, as they would over a network. */
export class MemoryBus implements Bus {
  readonly #clock: Clock;
  readonly #onEvent: OnEvent;
  readonly #subscriptions = new Set<{ filter: string; handler: Handler }>();

  constructor(clock: Clock, onEvent: OnEvent) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  publish(subject: string, bytes: Uint8Array): void {
    assertBusSubject(subject);
    assertRecord(bytes);
    this.#deliver(subject, bytes, () => undefined);
  }

  async subscribe(filter: string, handler: Handler): Promise<() => void> {
    assertBusFilter(filter);
    const subscription = { filter, handler };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    assertBusSubject(subject);
    assertRecord(bytes);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () =>
        reject(new NoAnswer(`no answer on ${subject} in ${timeoutMs} ms`)),
      );
      const listeners = this.#deliver(subject, bytes, (answer) => {
        cancel();
        resolve(answer);
      });
      if (listeners === 0) {
        cancel();
        reject(new NoAnswer(`nobody listens on ${subject}`));
      }
    });
  }

  close(): void {
    this.#subscriptions.clear();
  }

  #deliver(subject: string, bytes: Uint8Array, onAnswer: (answer: Uint8Array) => void): number {
    const copy = bytes.slice();
    const matching = [...this.#subscriptions].filter(({ filter }) => subjectMatches(filter, subject));
    for (const subscription of matching) {
      queueMicrotask(() => {
        if (!this.#subscriptions.has(subscription)) return;
        try {
          const answer = subscription.handler(copy, subject);
          if (answer) onAnswer(answer.slice());
        } catch (error) {
          this.#onEvent("bus handler failed", { subject, error });
        }
      });
    }
    return matching.length;
  }
}
