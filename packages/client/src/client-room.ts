import { ByteReader, ByteWriter, InputError } from "@warren/kernel";
import {
  type EventFrame,
  type Frame,
  FrameType,
  isErrorCode,
  type MessageFrame,
  SEEN_AT_PER_TICK,
  WarrenError,
  type Welcome,
} from "@warren/protocol/session";
import { StateView } from "@warren/schema";
import { type ActionCodec, Contract, type RoomCodec } from "./contract.ts";
import { type Address, RoomSocket, type RoomSocketHandlers } from "./room-socket.ts";
import type {
  ActionsOf,
  ArgsOf,
  EventsOf,
  GameShape,
  InputOf,
  PayloadOf,
  ResultOf,
  RoomNames,
  StateViewIn,
} from "./types.ts";
import { type OpenWebSocket, openWebSocket } from "./web-socket.ts";

/** `online`; `offline`: the socket is lost and a new one is on its way; `ended`: for good. */
export type RoomStatus = "online" | "offline" | "ended";

/** Acknowledge at least every so many events, so that the server can forget them. */
const ACK_EVERY_EVENTS = 32;
/**
 * Actions under way at once, at the most. All of them are sent again after a lost connection, together, which must not
 * be more frames than a room-server takes.
 */
export const ACTIONS_PENDING_MAX = 128;
/** Ticks that can be said in INPUT. */
const SEEN_AT_MAX = Math.floor(Number.MAX_SAFE_INTEGER / SEEN_AT_PER_TICK);
const INPUT_NUMBER_MAX = 2 ** 32 - 1;

interface PendingAction {
  readonly name: string;
  /** Checked. Not bytes: a room that another server took over may read others. */
  readonly args: unknown;
  resolve(value: unknown): void;
  reject(error: WarrenError): void;
}

interface PendingPing {
  readonly stamp: number;
  readonly sentAtMs: number;
  readonly answer: Promise<number>;
  resolve(roundTripMs: number): void;
  reject(error: WarrenError): void;
}

/** A room the player sits in, or watches. The state is there from the beginning and kept up to date in place. */
export class ClientRoom<G extends GameShape = GameShape, R extends RoomNames<G> = RoomNames<G>> {
  /** @internal See `onMessage` of messages.ts. */
  readonly onMessage = new Set<(message: MessageFrame) => void>();
  readonly #socket: RoomSocket;
  /** This and what is made of it are there from WELCOME on, and nobody has the room before. */
  #welcome!: Welcome;
  readonly #contract: Contract;
  #codec!: RoomCodec;
  #view!: StateView;
  #epoch = 0;
  #eventSeq = 0;
  #ackedEventSeq = 0;
  #inputNumber = 0;
  #consumedInput = 0;
  #inputsWaiting = 0;
  #actionSeq = 0;
  #status: RoomStatus = "online";
  #endedBy: WarrenError | undefined;
  readonly #pending = new Map<number, PendingAction>();
  #ping: PendingPing | undefined;
  #pings = 0;
  readonly #onEvent = new Map<string, Set<(payload: never, tick: number) => void>>();
  readonly #onState = new Set<(tick: number) => void>();
  readonly #onStatus = new Set<(status: RoomStatus, why: WarrenError | undefined) => void>();
  #ready: (() => void) | undefined;
  /** Events that came before the page could listen; undefined: told at once. */
  #early: (() => void)[] | undefined = [];
  /** `connect` has resolved. */
  #connected = false;

  private constructor(url: string, contract: Contract, reseat: () => Promise<Address>, open: OpenWebSocket) {
    this.#contract = contract;
    const handlers: RoomSocketHandlers = {
      onFrame: (frame) => this.#receive(frame),
      onOnline: () => this.#setStatus("online"),
      onOffline: () => this.#setStatus("offline"),
      onEnded: (error) => this.#end(error),
      position: () => ({ epoch: this.#epoch, eventSeq: this.#eventSeq }),
      reseat,
    };
    this.#socket = new RoomSocket(url, handlers, open);
  }

  /** @internal Connects to a seat; resolves when the state is there. `reseat` brings a fresh token for it. */
  static async connect<G extends GameShape, R extends RoomNames<G>>(
    { url, seatToken }: Address,
    reseat: () => Promise<Address>,
    contract = new Contract(),
    open: OpenWebSocket = openWebSocket,
  ): Promise<ClientRoom<G, R>> {
    const room = new ClientRoom<G, R>(url, contract, reseat, open);
    const ready = new Promise<void>((resolve) => {
      room.#ready = resolve;
    });
    await room.#socket.open(seatToken, contract.fingerprint);
    await ready;
    if (room.#endedBy) throw room.#endedBy;
    // The page gets this turn to put up its listeners; a later message ends it, or the timer if there is none.
    room.#connected = true;
    setTimeout(() => room.#tellEarly(), 0);
    return room;
  }

  get id(): string {
    return this.#welcome.roomId;
  }
  get name(): R {
    return this.#welcome.roomName as R;
  }
  get playerId(): string {
    return this.#welcome.playerId;
  }
  /** Code others may join with; empty: none. */
  get joinCode(): string {
    return this.#welcome.joinCode;
  }
  /** Ticks per second; 0: the room has none. */
  get tickHz(): number {
    return this.#welcome.tickHz;
  }
  /** The same object for ever; tables are maps that change in place. */
  get state(): StateViewIn<G, R> {
    return this.#view.state as StateViewIn<G, R>;
  }
  /** Tick of the state shown. */
  get tick(): number {
    return this.#view.tick;
  }
  /** The last number of the own inputs that the room has consumed, as of the state shown; may pass what was sent. 0: none yet. */
  get consumedInput(): number {
    return this.#consumedInput;
  }
  /** Number of the last own input sent; 0: none yet. */
  get inputNumber(): number {
    return this.#inputNumber;
  }
  /** Own inputs that waited in the room for their tick, as of the state shown. */
  get inputsWaiting(): number {
    return this.#inputsWaiting;
  }
  /** Payload of all WebSocket messages that came for this room so far, in bytes. */
  get bytesIn(): number {
    return this.#socket.bytesIn;
  }
  /** Payload of all WebSocket messages sent to this room so far, in bytes. */
  get bytesOut(): number {
    return this.#socket.bytesOut;
  }
  get status(): RoomStatus {
    return this.#status;
  }
  /** The page watches the room and does not play in it: `send` does nothing, `act` rejects with SPECTATOR_ONLY. */
  get spectator(): boolean {
    return this.#welcome.spectator;
  }

  /**
   * Sends what the player holds down; call it once per tick. `seenAt`: the moment of the room that the player sees, in
   * ticks with fractions, 0 to 2^53 / 16; default: the tick of the state. `number`: whole, above `inputNumber`, at most
   * 2^32 − 1; default: the next. Answers the input's number: that one, or the next that the room has not consumed yet if
   * that is higher, as after a page that slept; what is left out is the last input once more. Lost while offline: the
   * next one counts. Answers 0 once the room has ended and for a spectator, and sends nothing. Throws InputError on a value outside its range.
   */
  send(input: InputOf<G, R>, seenAt: number = this.tick, number: number = this.#inputNumber + 1): number {
    if (this.#status === "ended" || this.spectator) return 0;
    if (!(seenAt >= 0 && seenAt <= SEEN_AT_MAX))
      throw new InputError("seenAt", seenAt, `a tick, 0 to ${SEEN_AT_MAX}`);
    if (!(Number.isInteger(number) && number > this.#inputNumber && number <= INPUT_NUMBER_MAX))
      throw new InputError(
        "number",
        number,
        `a whole number, ${this.#inputNumber + 1} to ${INPUT_NUMBER_MAX}`,
      );
    const { input: type } = this.#codec;
    const out = new ByteWriter(32);
    type.write(out, type.check(input, "input"));
    const inputNumber = Math.max(this.#consumedInput + 1, number);
    this.#inputNumber = inputNumber;
    const { generation } = this.#socket;
    this.#ackedEventSeq = this.#eventSeq;
    this.#socket.send({
      type: FrameType.INPUT,
      body: {
        generation,
        inputNumber,
        eventSeq: this.#eventSeq,
        seenAt: Math.round(seenAt * SEEN_AT_PER_TICK),
        payload: out.finish(),
      },
    });
    return inputNumber;
  }

  /**
   * Measures the way to the room's server and back, in ms. One is under way at a time: a call meanwhile gets the same
   * answer. Rejects with WarrenError when the connection is lost before it comes.
   */
  ping(): Promise<number> {
    if (this.#ping) return this.#ping.answer;
    if (this.#status !== "online") return Promise.reject(this.#lostBy);
    let resolve!: PendingPing["resolve"];
    let reject!: PendingPing["reject"];
    const answer = new Promise<number>((...handlers) => {
      [resolve, reject] = handlers;
    });
    const stamp = ++this.#pings;
    this.#ping = { stamp, sentAtMs: performance.now(), answer, resolve, reject };
    this.#socket.send({ type: FrameType.PING, body: { generation: this.#socket.generation, stamp } });
    return answer;
  }

  /**
   * Runs an action and answers with its result. Executed once, also across a lost socket. Rejects with WarrenError; with
   * RATE_LIMITED, and nothing is sent, while {@link ACTIONS_PENDING_MAX} others are under way, as when offline.
   */
  act<A extends keyof ActionsOf<G, R> & string>(
    name: A,
    args: ArgsOf<ActionsOf<G, R>[A]>,
  ): Promise<ResultOf<ActionsOf<G, R>[A]>> {
    if (this.spectator) return Promise.reject(new WarrenError("SPECTATOR_ONLY"));
    const { actions } = this.#codec;
    const known = actions.get(name);
    if (!known)
      return Promise.reject(
        new WarrenError("ACTION_UNKNOWN", `action is ${name}; accepted: ${[...actions.keys()].join(", ")}`),
      );
    if (this.#status === "ended") return Promise.reject(this.#lostBy);
    if (this.#pending.size >= ACTIONS_PENDING_MAX)
      return Promise.reject(
        new WarrenError(
          "RATE_LIMITED",
          `${this.#pending.size} actions are under way; accepted: at most ${ACTIONS_PENDING_MAX}`,
        ),
      );
    let checked: unknown;
    try {
      checked = known.args.check(args, name);
    } catch (error) {
      return Promise.reject(WarrenError.from(error));
    }
    return new Promise((resolve, reject) => {
      const actionSeq = ++this.#actionSeq;
      const action = { name, args: checked, resolve: resolve as (value: unknown) => void, reject };
      this.#pending.set(actionSeq, action);
      this.#sendAction(actionSeq, action);
    });
  }

  /** Calls `listener` for every event of a name, in order. The result takes it off again. */
  on<E extends keyof EventsOf<G, R> & string>(
    name: E,
    listener: (payload: PayloadOf<EventsOf<G, R>[E]>, tick: number) => void,
  ): () => void {
    const listeners = this.#onEvent.get(name) ?? new Set();
    this.#onEvent.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Calls `listener` after every state that was applied. */
  onState(listener: (tick: number) => void): () => void {
    this.#onState.add(listener);
    return () => void this.#onState.delete(listener);
  }

  /** Calls `listener` when the connection is lost, back, or over; `why` says what ended it, undefined after `leave`. */
  onStatus(listener: (status: RoomStatus, why: WarrenError | undefined) => void): () => void {
    this.#onStatus.add(listener);
    return () => void this.#onStatus.delete(listener);
  }

  /**
   * Gives the seat back, or watches no longer; for this page the room has ended at once. While offline the server is told as soon as it can be
   * reached; if that is not within the grace, the seat is given up then.
   */
  async leave(): Promise<void> {
    this.#socket.leave();
  }

  #sendAction(actionSeq: number, { name, args }: PendingAction): void {
    const { generation } = this.#socket;
    const { actionId, args: type } = this.#codec.actions.get(name) as ActionCodec;
    const out = new ByteWriter(64);
    type.write(out, args);
    this.#socket.send({
      type: FrameType.ACTION,
      body: { generation, actionSeq, eventSeq: this.#eventSeq, actionId, payload: out.finish() },
    });
  }

  #receive(frame: Frame): void {
    if (this.#connected) this.#tellEarly();
    switch (frame.type) {
      case FrameType.WELCOME:
        return this.#onWelcome(frame.body);
      case FrameType.RESYNC:
        this.#epoch = frame.body.epoch;
        this.#eventSeq = frame.body.eventSeq;
        return;
      case FrameType.STATE: {
        const { epoch, tick, baseTick, inputNumber, inputsWaiting, payload } = frame.body;
        if (!this.#accepts(epoch)) return;
        this.#view.apply(tick, baseTick, payload);
        this.#consumedInput = inputNumber;
        this.#inputsWaiting = inputsWaiting;
        this.#ready?.();
        tellAll(this.#onState, tick);
        return;
      }
      case FrameType.EVENT:
        return this.#accepts(frame.body.epoch) ? this.#event(frame.body) : undefined;
      case FrameType.REPLY:
        return this.#reply(frame.body.actionSeq, frame.body.errorCode, frame.body.payload);
      case FrameType.PONG:
        return this.#pong(frame.body.stamp);
      case FrameType.MESSAGE:
        return this.#tell(() => tellAll(this.onMessage, frame.body));
    }
  }

  /** Never apply a lower epoch after a higher one. */
  #accepts(epoch: number): boolean {
    if (epoch < this.#epoch) return false;
    this.#epoch = epoch;
    return true;
  }

  #onWelcome(welcome: Welcome): void {
    const isNewSession = this.#welcome?.sessionId !== welcome.sessionId;
    this.#welcome = welcome;
    if (!this.#accepts(welcome.epoch))
      throw new WarrenError("UNAVAILABLE", "this copy of the room is older than the one seen before");
    const codec = this.#contract.accept(welcome);
    if (codec !== this.#codec) {
      this.#codec = codec;
      this.#view = new StateView(codec.state, this.#view?.state);
    }
    if (isNewSession) {
      // Events and inputs are numbered per session, actions per seat.
      this.#eventSeq = this.#ackedEventSeq = this.#inputNumber = this.#consumedInput = 0;
      this.#actionSeq = Math.max(this.#actionSeq, welcome.actionSeq);
    }
    // What was under way when the socket was lost: the room answers from memory what it executed already.
    for (const [actionSeq, action] of this.#pending) this.#sendAction(actionSeq, action);
  }

  #event({ eventSeq, eventId, tick, payload }: EventFrame): void {
    if (eventSeq <= this.#eventSeq) return;
    if (eventSeq !== this.#eventSeq + 1)
      throw new WarrenError("PROTOCOL_VIOLATION", `eventSeq is ${eventSeq}; accepted: ${this.#eventSeq + 1}`);
    this.#eventSeq = eventSeq;
    const [name, type] = this.#codec.events[eventId] ?? [];
    if (name === undefined || !type)
      throw new WarrenError("PROTOCOL_VIOLATION", `event ${eventId} is not in the schema`);
    const reader = new ByteReader(payload);
    const value = type.read(reader);
    reader.end();
    this.#tell(() => tellAll(this.#onEvent.get(name) ?? [], value as never, tick));
    if (eventSeq - this.#ackedEventSeq >= ACK_EVERY_EVENTS) {
      this.#ackedEventSeq = eventSeq;
      this.#socket.send({ type: FrameType.ACK, body: { generation: this.#socket.generation, eventSeq } });
    }
  }

  /** Now, or when the page can listen. */
  #tell(tell: () => void): void {
    if (this.#early) this.#early.push(tell);
    else tell();
  }

  #tellEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const tell of early) tell();
  }

  #reply(actionSeq: number, errorCode: string, payload: Uint8Array): void {
    const action = this.#pending.get(actionSeq);
    if (!action) return;
    this.#pending.delete(actionSeq);
    if (errorCode === "") {
      try {
        action.resolve(
          (this.#codec.actions.get(action.name) as ActionCodec).result.read(new ByteReader(payload)),
        );
      } catch (error) {
        action.reject(WarrenError.from(error));
      }
    } else
      action.reject(
        new WarrenError(isErrorCode(errorCode) ? errorCode : "INTERNAL", new TextDecoder().decode(payload)),
      );
  }

  #pong(stamp: number): void {
    const ping = this.#ping;
    if (ping?.stamp !== stamp) return;
    this.#ping = undefined;
    ping.resolve(performance.now() - ping.sentAtMs);
  }

  /** Why there is no connection. */
  get #lostBy(): WarrenError {
    if (this.#status === "offline") return new WarrenError("UNAVAILABLE", "the connection is lost");
    return this.#endedBy ?? new WarrenError("ROOM_ENDED");
  }

  #setStatus(status: RoomStatus): void {
    this.#status = status;
    if (status !== "online") {
      this.#ping?.reject(this.#lostBy);
      this.#ping = undefined;
    }
    tellAll(this.#onStatus, status, this.#endedBy);
  }

  #end(error: WarrenError | undefined): void {
    this.#endedBy = error;
    this.#ready?.();
    this.#setStatus("ended");
    for (const action of this.#pending.values()) action.reject(this.#lostBy);
    this.#pending.clear();
  }
}

/** Calls every listener. One that throws is a bug of the page: reported as uncaught, and the room goes on. */
function tellAll<Args extends unknown[]>(listeners: Iterable<(...args: Args) => void>, ...args: Args): void {
  for (const listener of [...listeners]) {
    try {
      listener(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
