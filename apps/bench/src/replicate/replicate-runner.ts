import type { Figures, Runner } from "../benchmark.ts";
import { clockCostMs } from "../clock-cost.ts";
import { checkShown, type Moment } from "../flight.ts";
import { perTick, type Totals, warmUp } from "../legs.ts";
import { Pendulum } from "../pendulum.ts";
import type { MemoryTransport } from "./memory-transport.ts";
import type { ReplicateOptions, ReplicateSubject } from "./replicate-subject.ts";

/** Runs all rooms of one subject tick by tick, and checks what the watched clients show after each leg. */
export class ReplicateRunner implements Runner {
  readonly #subject: ReplicateSubject;
  readonly #options: ReplicateOptions;
  readonly #transport: MemoryTransport;
  readonly #pendulum: Pendulum;
  readonly #legs: number;

  constructor(
    subject: ReplicateSubject,
    options: ReplicateOptions,
    transport: MemoryTransport,
    warmUpMs: number,
    roundMs: number,
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#transport = transport;
    this.#pendulum = new Pendulum(options.flight);
    this.#legs = warmUp(() => this.#leg(), warmUpMs, roundMs);
  }

  round(): Figures {
    const { tickMs, bytes, messages } = perTick(() => this.#leg(), this.#legs);
    return { tick: Math.max(0, tickMs! - clockCostMs()) * 1e3, bytes: bytes!, messages: messages! };
  }

  #leg(): Totals {
    const subject = this.#subject;
    const transport = this.#transport;
    const steps = this.#pendulum.nextLeg();
    const { bytes, messages } = transport;
    let tickMs = 0;
    for (const step of steps) {
      const startMs = performance.now();
      subject.tick(step);
      tickMs += performance.now() - startMs;
    }
    const totals = {
      tickMs,
      bytes: transport.bytes - bytes,
      messages: transport.messages - messages,
      ticks: steps.length,
    };
    for (const client of this.#options.watched) {
      transport.deliver(client, (message) => subject.receive(client, message));
      this.#check(client, steps.at(-1)!);
    }
    return totals;
  }

  #check(client: number, at: Moment): void {
    const { names } = this.#options.flight;
    const count = this.#subject.shownCount(client);
    if (count !== names.length)
      throw new Error(`client ${client} is shown ${count} entities; there are ${names.length}`);
    for (let i = 0; i < names.length; i++)
      checkShown(this.#subject.shown(client, i), at, i, names[i]!, this.#subject.quantum);
  }
}
