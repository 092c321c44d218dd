import { ByteWriter, type PlayerId, Prng, parseEpoch, parseRoomId } from "@warren/kernel";
import {
  decodeMessage,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
  type UpFrame,
  type Welcome,
} from "@warren/protocol/session";
import { type RoomWireSchema, StateView } from "@warren/schema";
import { asSent, assertShown, type SentState } from "@warren/schema/testing";
import { forEachSeed, MemorySocket, VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { RoomHost } from "../room/room-host.ts";
import type { Connection } from "../session/connection.ts";
import { SOCKET_BUFFERED_BYTES_MAX, STATE_BUFFERED_BYTES_MAX, UNDRAINED_MS_MAX } from "../session/outbox.ts";
import { SessionHost } from "../session/session-host.ts";
import { type Fault, faultyLink } from "../testing/faulty-link.ts";
import { PLAYERS, RandomRoom, SECRET } from "../testing/random-room.ts";
import { TOMBSTONE_TICKS_MAX } from "./replication.ts";

// A room of any shape and pace, real sessions and outboxes, and clients who join, act, leave, stall, drop and come
// back. Whatever STATE a client applies, it then sees what it may see of the room at that tick, and no more.

const RUNS = 5_000;
/** About 20 s on a core of its own. */
const RUNS_TIMEOUT_MS = 180_000;
const STEPS = 50;
const ROOM = parseRoomId("r_sim");
const DOWN_FRAMES_MAX = 100_000;

/** Everything of one run. */
class World {
  readonly clock = new VirtualClock(1_000);
  readonly room: RandomRoom;
  readonly rooms: RoomHost;
  readonly sessions: SessionHost;
  /** What went wrong where a throw would only end the room or the session. */
  problem: unknown;
  ended = false;
  #sent: SentState | undefined;
  #sentTick = 0;
  #keys = 0;

  constructor(prng: Prng, fault: Fault | undefined) {
    this.room = new RandomRoom(prng);
    this.rooms = new RoomHost({
      definitions: { random: this.room.definition },
      clock: this.clock,
      roomsMax: 1,
      seed: () => prng.u32(),
      onChanged: (room, error) => {
        this.ended = room.ended;
        this.problem ??= error;
      },
    });
    this.sessions = new SessionHost({
      clock: this.clock,
      limits: { framesPerSecondMax: 10_000 },
      admit: (token) => {
        const link = this.rooms.linkTo(ROOM);
        return { player: token as PlayerId, link: fault ? faultyLink(link, fault) : link, spectator: false };
      },
      newResumeKey: () => `key ${++this.#keys}`,
      atEndOfTurn: (fn) => this.clock.after(0, fn),
    });
    this.rooms.open(ROOM, parseEpoch(1), {
      roomName: "random",
      optionsJson: "",
      fillTo: 0,
      queue: "",
      joinCode: "",
    });
  }

  /** The state as it is now, which is that of `tick`. */
  sentAt(tick: number): SentState {
    if (!this.#sent || this.#sentTick !== tick) {
      this.#sent = asSent(this.room.shape, this.room.state);
      this.#sentTick = tick;
    }
    return this.#sent;
  }
}

class SimSocket extends MemorySocket {
  onMessage: (message: Uint8Array, bufferedBytes: number) => void = () => {};

  override send(message: Uint8Array): void {
    const before = this.buffered;
    super.send(message);
    if (!this.closedBy) this.onMessage(message, before);
  }
}

const args = new ByteWriter();

/** One player with one client after another. */
class Guest {
  readonly player: PlayerId;
  socket: SimSocket | undefined;
  view: StateView | undefined;
  readonly #world: World;
  #connection: Connection | undefined;
  /** What a RESUME needs. */
  #welcome: Welcome | undefined;
  /** On the socket there is now. */
  #isWelcome = false;
  #actionSeq = 0;

  constructor(player: PlayerId, world: World) {
    this.player = player;
    this.#world = world;
  }

  get isOnline(): boolean {
    return this.socket !== undefined;
  }

  hello(isKnowing: boolean): void {
    const { rooms, room } = this.#world;
    rooms.reserve(ROOM, [{ playerId: this.player, joinJson: "" }]);
    const wireFingerprint = isKnowing ? room.definition.wireFingerprint : "";
    this.#welcome = undefined;
    this.#connect();
    this.#send({
      type: FrameType.HELLO,
      body: { protocolVersion: PROTOCOL_VERSION, seatToken: this.player, wireFingerprint },
    });
  }

  /** Continues the session, if there is one. */
  resume(): void {
    if (!this.#welcome) return this.hello(false);
    const { sessionId, resumeKey, epoch } = this.#welcome;
    this.#connect();
    this.#send({
      type: FrameType.RESUME,
      body: { protocolVersion: PROTOCOL_VERSION, sessionId, resumeKey, epoch, eventSeq: 0 },
    });
  }

  act(seed: number): void {
    if (!this.#isWelcome) return;
    args.reset().u32(seed);
    const { generation } = this.#welcome!;
    const payload = args.finish();
    this.#send({
      type: FrameType.ACTION,
      body: { generation, actionSeq: ++this.#actionSeq, eventSeq: 0, actionId: 0, payload },
    });
  }

  leave(): void {
    if (!this.#isWelcome) return;
    this.#send({ type: FrameType.LEAVE, body: { generation: this.#welcome!.generation } });
  }

  /** The socket is gone without a word. */
  lose(): void {
    const connection = this.#connection;
    this.socket = this.#connection = undefined;
    connection?.closed();
  }

  /** Nothing more is taken off the socket until {@link drain}. */
  stall(bufferedBytes: number): void {
    this.socket!.isStuck = true;
    this.socket!.buffered = bufferedBytes;
  }

  drain(): void {
    if (!this.socket) return;
    this.socket.isStuck = false;
    this.socket.buffered = 0;
    this.#connection!.drained();
  }

  /** Throws unless the client sees what it may see now. */
  assertUpToDate(): void {
    const { shape, state } = this.#world.room;
    assertShown(asSent(shape, state), this.#world.room.eyesOf(this.player), this.view!.state);
  }

  #connect(): void {
    const socket = new SimSocket();
    const connection = this.#world.sessions.accept(socket);
    socket.onMessage = (message, bufferedBytes) => {
      try {
        this.#receive(message, bufferedBytes);
      } catch (error) {
        this.#world.problem ??= error;
      }
    };
    socket.onClose = () => {
      if (socket === this.socket) {
        this.socket = this.#connection = undefined;
        // 4000 to 4499: to be resumed.
        if (socket.closedBy!.code >= 4500 || socket.closedBy!.code === 1000) this.#welcome = undefined;
      }
      connection.closed();
    };
    this.socket = socket;
    this.#connection = connection;
    this.#isWelcome = false;
  }

  #send(frame: UpFrame): void {
    this.#connection!.message(encodeFrame(frame), true);
    this.#world.clock.advance(0);
  }

  #receive(message: Uint8Array, bufferedBytes: number): void {
    if (bufferedBytes > SOCKET_BUFFERED_BYTES_MAX) throw new Error(`a message on ${bufferedBytes} bytes`);
    if (Buffer.from(message.buffer, message.byteOffset, message.length).includes(SECRET))
      throw new Error("a hidden value is in a frame");
    for (const frame of decodeMessage(message, DOWN_FRAMES_MAX)) {
      if (frame.type === FrameType.WELCOME) this.#welcomed(frame.body);
      else if (frame.type === FrameType.STATE) {
        if (bufferedBytes > STATE_BUFFERED_BYTES_MAX) throw new Error(`STATE on ${bufferedBytes} bytes`);
        const { tick, baseTick, payload } = frame.body;
        if (tick <= this.view!.tick) throw new Error(`tick ${tick} after ${this.view!.tick}`);
        this.view!.apply(tick, baseTick, payload);
        const { room } = this.#world;
        assertShown(this.#world.sentAt(tick), room.eyesOf(this.player), this.view!.state);
      }
    }
  }

  #welcomed(welcome: Welcome): void {
    const { definition, shape } = this.#world.room;
    const { wireSchema, actionSeq } = welcome;
    if (wireSchema.includes("secret")) throw new Error("a hidden field is in the wire schema");
    const schema = wireSchema === "" ? definition.wire : (JSON.parse(wireSchema) as RoomWireSchema);
    if (wireSchema !== "" && JSON.stringify(schema.state) !== JSON.stringify(shape.type.json))
      throw new Error("the wire schema is not that of the state");
    this.#welcome = welcome;
    this.#isWelcome = true;
    this.#actionSeq = actionSeq;
    this.view = new StateView(schema.state);
  }
}

/** What one player does in one step. */
function step(prng: Prng, guest: Guest): void {
  if (!guest.isOnline) {
    if (prng.int(0, 2) > 0) return;
    return prng.int(0, 3) > 0 ? guest.resume() : guest.hello(prng.int(0, 1) === 0);
  }
  switch (prng.int(0, 69)) {
    case 0:
      return guest.leave();
    case 1:
    case 2:
      return guest.lose();
    case 3:
      // From elsewhere, while the old socket is open.
      return guest.hello(true);
    case 4:
      return guest.resume();
    case 5:
    case 6:
    case 7:
    case 8:
      return guest.stall(STATE_BUFFERED_BYTES_MAX + prng.pick([-200, 0, 1]));
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
      return guest.drain();
    default:
      if (prng.int(0, 2) === 0) guest.act(prng.u32());
  }
}

function pass(prng: Prng, { clock, room }: World): void {
  const { tickHz } = room.definition;
  if (tickHz === 0) return clock.advance(prng.pick([0, 5, 50, 200]));
  const periodMs = 1_000 / tickHz;
  if (prng.int(0, 29) === 0) clock.stall(prng.pick([3, 8]) * periodMs);
  else clock.advance(prng.pick([0.5, 1, 1, 1, 2]) * periodMs);
}

/** For so many ticks, if that is not so long that the socket is given up. */
function stallFor(ticks: number, guest: Guest, { clock, room }: World): void {
  const { tickHz, sendHz } = room.definition;
  if ((ticks * 1_000) / tickHz >= UNDRAINED_MS_MAX) return;
  if (!guest.isOnline) guest.hello(true);
  guest.drain();
  clock.advance(2_000 / Math.min(tickHz, sendHz));
  guest.stall(STATE_BUFFERED_BYTES_MAX + 1);
  clock.advance((ticks * 1_000) / tickHz);
  guest.drain();
}

interface Options {
  readonly fault?: Fault;
  /** In the middle the first guest stalls for so many ticks. */
  readonly stallTicks?: number;
}

/** Throws when a client saw something else than it may see. */
function simulate(seed: number, { fault, stallTicks = 0 }: Options = {}): void {
  const prng = new Prng(seed);
  const world = new World(prng, fault);
  const guests = PLAYERS.slice(0, prng.pick([2, 2, 3, 4])).map((player) => new Guest(player, world));
  const check = () => {
    if (world.problem !== undefined) throw world.problem;
    if (world.ended) throw new Error("the room has ended");
  };
  for (let n = 0; n < STEPS; n++) {
    for (const guest of guests) step(prng, guest);
    if (stallTicks > 0 && n === STEPS / 2) stallFor(stallTicks, guests[0]!, world);
    pass(prng, world);
    check();
  }
  // At last everyone gets there.
  world.room.isQuiet = true;
  for (const guest of guests) guest.drain();
  const { tickHz, sendHz } = world.room.definition;
  world.clock.advance(1_000 / sendHz + 2_000 / (tickHz || 1_000));
  check();
  for (const guest of guests) if (guest.isOnline) guest.assertUpToDate();
}

describe("a room and its clients", () => {
  it(
    `[P3] [D4] ${RUNS} rooms of any shape: every client sees what it may see, as it was at the tick it shows`,
    () => {
      forEachSeed(RUNS, (seed) => simulate(seed));
    },
    RUNS_TIMEOUT_MS,
  );

  it("a client that stalled for longer than rows are remembered is as right as any", () => {
    forEachSeed(40, (seed) => simulate(seed, { stallTicks: TOMBSTONE_TICKS_MAX + 100 }));
  });

  it.each<Fault>(["leaving a view", "rebuilding after a skip"])("is caught without %s", (fault) => {
    expect(() => forEachSeed(1_000, (seed) => simulate(seed, { fault }))).toThrow(/^SEED=\d+ replays this: /);
  });

  it("a session that was not waited for gets a snapshot, and is as right as any", () => {
    forEachSeed(300, (seed) => simulate(seed, { fault: "being counted as a reader" }));
  });
});
