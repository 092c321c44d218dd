import { type Lag, LaggedWay } from "@warren/client";
import { ByteReader, ByteWriter, type Clock, type Prng, parsePlayerId, type RoomId } from "@warren/kernel";
import type { AnyRoomDefinition, RoomDown, RoomHost, RoomLink, ShownState } from "@warren/room";
import { StateView } from "@warren/schema";
import type { VirtualClock } from "@warren/testkit";

/** What lies between a player and the room, and how the player's machine is. */
export interface Far extends Omit<Lag, "random"> {
  /** How much faster the player's clock runs than the room's. */
  readonly driftPpm: number;
}

/** A clock of the player's machine: other zero, other pace, and timers that come late when it says so. */
export class FarClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #pace: number;
  /** Timers run only at multiples of this, as in a tab in the background; 0: when they are due. */
  throttleMs = 0;

  constructor(clock: VirtualClock, driftPpm: number) {
    this.#clock = clock;
    this.#pace = 1 + driftPpm / 1e6;
  }
  monotonicMs = (): number => 500_000 + this.#clock.monotonicMs() * this.#pace;
  wallMs = (): number => this.monotonicMs();
  after(delayMs: number, fn: () => void): () => void {
    const nowMs = this.#clock.monotonicMs();
    const dueMs = nowMs + delayMs / this.#pace;
    const atMs = this.throttleMs > 0 ? Math.ceil(dueMs / this.throttleMs) * this.throttleMs : dueMs;
    return this.#clock.after(atMs - nowMs, fn);
  }
}

/** A player of a real room behind a simulated network: what netcode sees of a ClientRoom, and what the room sees of a session. */
export class FarPlayer<S, Input> implements RoomDown {
  readonly id;
  readonly tickHz: number;
  readonly state: S;
  readonly clock: FarClock;
  consumedInput = 0;
  inputsWaiting = 0;
  inputNumber = 0;
  readonly #definition: AnyRoomDefinition;
  readonly #link: RoomLink;
  readonly #virtual: VirtualClock;
  readonly #view: StateView;
  readonly #up: LaggedWay;
  readonly #down: LaggedWay;
  readonly #onState = new Set<(tick: number) => void>();
  readonly #onStatus = new Set<(status: "online" | "offline" | "ended") => void>();
  #isOnline = true;
  #consumedByRoom = 0;
  /** What the room told last, which may be on its way still. */
  #told: ShownState | undefined;
  /** Every input that arrived at the room: when, and whether its number was consumed already. */
  readonly arrived: { readonly atMs: number; readonly number: number; readonly isLate: boolean }[] = [];
  /** When inputs were sent. */
  readonly sentAtMs: number[] = [];
  /** What the room said about inputs that wait, with the time it did. */
  readonly waited: { readonly atMs: number; readonly count: number }[] = [];

  constructor(
    host: RoomHost,
    room: RoomId,
    definition: AnyRoomDefinition,
    far: Far,
    clock: VirtualClock,
    prng: Prng,
  ) {
    this.id = parsePlayerId("far");
    this.#definition = definition;
    this.tickHz = definition.tickHz;
    this.#virtual = clock;
    this.clock = new FarClock(clock, far.driftPpm);
    const lag = { ...far, random: () => prng.float() };
    this.#up = new LaggedWay(lag, clock);
    this.#down = new LaggedWay(lag, clock);
    this.#view = new StateView(definition.wire.state);
    this.state = this.#view.state as S;
    host.reserve(room, [{ playerId: this.id, joinJson: JSON.stringify(definition.join.initial()) }]);
    this.#link = host.linkTo(room);
    this.#link.attach(this.id, this);
  }

  // --- what netcode sees ---

  get status(): "online" | "offline" {
    return this.#isOnline ? "online" : "offline";
  }
  get tick(): number {
    return this.#view.tick;
  }
  onState(listener: (tick: number) => void): () => void {
    this.#onState.add(listener);
    return () => void this.#onState.delete(listener);
  }
  onStatus(listener: (status: "online" | "offline" | "ended") => void): () => void {
    this.#onStatus.add(listener);
    return () => void this.#onStatus.delete(listener);
  }
  ping(): Promise<number> {
    const sentAtMs = this.clock.monotonicMs();
    // Resolved in the turn of the clock, so that the simulation stays the same: not a promise of the platform.
    return {
      // biome-ignore lint/suspicious/noThenProperty: a promise that answers at once
      then: (answered: (ms: number) => void) => {
        this.#up.pass(() => this.#down.pass(() => answered(this.clock.monotonicMs() - sentAtMs)));
      },
    } as unknown as Promise<number>;
  }
  send(input: Input, seenAt: number, number: number): number {
    this.inputNumber = Math.max(this.inputNumber + 1, this.consumedInput + 1, number);
    const sent = this.inputNumber;
    if (!this.#isOnline) return sent;
    this.sentAtMs.push(this.#virtual.monotonicMs());
    const out = new ByteWriter();
    this.#definition.input.write(out, input);
    const payload = out.finish();
    this.#up.pass(() => {
      if (!this.#isOnline) return;
      const isLate = sent <= this.#consumedByRoom;
      this.arrived.push({ atMs: this.#virtual.monotonicMs(), number: sent, isLate });
      this.#link.input(this.id, sent, Math.round(seenAt * 16), new ByteReader(payload));
    });
    return sent;
  }

  /** The connection is lost, or back. */
  set isOnline(isOnline: boolean) {
    this.#isOnline = isOnline;
    if (!isOnline) this.#link.detach(this.id, this);
    else {
      this.#told = undefined;
      this.#link.reattach(this.id, this);
    }
    for (const listener of this.#onStatus) listener(isOnline ? "online" : "offline");
  }

  // --- what the room sees ---

  get stateTick(): number {
    return this.#told?.tick ?? 0;
  }
  publish: RoomDown["publish"] = (publication, inputNumber, inputsWaiting) => {
    const { tick } = publication;
    const { baseTick, payload: shared } = publication.since(this.#told);
    // It is on its way for longer than the room lends it.
    const payload = shared.slice();
    this.#told = publication;
    this.#consumedByRoom = inputNumber;
    this.waited.push({ atMs: this.#virtual.monotonicMs(), count: inputsWaiting });
    const arrive = () => {
      if (!this.#isOnline || (baseTick > 0 && baseTick !== this.#view.tick)) return;
      this.#view.apply(tick, baseTick, payload);
      this.consumedInput = inputNumber;
      this.inputsWaiting = inputsWaiting;
      for (const listener of this.#onState) listener(tick);
    };
    // The first comes with WELCOME, before there is anyone to wait for it.
    if (this.#view.tick === 0) arrive();
    else this.#down.pass(arrive);
  };
  event: RoomDown["event"] = () => {};
  reply: RoomDown["reply"] = () => {};
  end: RoomDown["end"] = () => {};
}
