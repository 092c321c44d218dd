import { NoRespondersError, RequestError, TimeoutError } from "@nats-io/transport-node";
import { type Bus, NoAnswer } from "../bus.ts";
import { assertBusFilter, assertBusSubject, assertRecord } from "../limits.ts";
import type { Link } from "./link.ts";
import { subjectPrefix } from "./streams.ts";

/** Core NATS: nothing is kept. */
export class NatsBus implements Bus {
  readonly #link: Link;
  readonly #prefix: string;

  constructor(link: Link) {
    this.#link = link;
    this.#prefix = subjectPrefix(link.cluster);
  }

  publish(subject: string, bytes: Uint8Array): void {
    assertBusSubject(subject);
    assertRecord(bytes);
    // Not queued while disconnected: at most once allows to drop, and a queue would be without bound.
    if (this.#link.connected) this.#link.nc.publish(this.#prefix + subject, bytes);
  }

  async subscribe(
    filter: string,
    handler: (bytes: Uint8Array, subject: string) => Uint8Array | undefined,
  ): Promise<() => void> {
    assertBusFilter(filter);
    const subscription = this.#link.nc.subscribe(this.#prefix + filter, {
      callback: (error, message) => {
        if (error) {
          this.#link.onEvent("bus subscription failed", { filter, error });
          return;
        }
        const subject = message.subject.slice(this.#prefix.length);
        try {
          const answer = handler(message.data, subject);
          if (answer) message.respond(answer);
        } catch (error) {
          this.#link.onEvent("bus handler failed", { subject, error });
        }
      },
    });
    // The server knows of it when this has come back. Without a connection it is told at the next one.
    if (this.#link.connected) await this.#link.nc.flush();
    return () => subscription.unsubscribe();
  }

  async request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    assertBusSubject(subject);
    assertRecord(bytes);
    if (!this.#link.connected)
      throw new NoAnswer(`nobody can be asked on ${subject}: NATS cannot be reached`);
    try {
      return (await this.#link.nc.request(this.#prefix + subject, bytes, { timeout: timeoutMs })).data;
    } catch (error) {
      if (error instanceof TimeoutError) throw new NoAnswer(`no answer on ${subject} in ${timeoutMs} ms`);
      if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) {
        throw new NoAnswer(`nobody listens on ${subject}`);
      }
      throw error;
    }
  }
}
