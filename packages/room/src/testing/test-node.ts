import { ByteReader, ByteWriter, parseEpoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import { errorCodeOfClose, WarrenError } from "@warren/protocol";
import {
  type DownFrame,
  decodeMessage,
  encodeFrame,
  FrameType,
  type Hello,
  PROTOCOL_VERSION,
  type Resume,
  type UpFrame,
} from "@warren/protocol/session";
import { type RoomWireSchema, StateView, type StateViewOf, type Type } from "@warren/schema";
import { MemorySocket, VirtualClock } from "@warren/testkit";
import type { AnyRoomDefinition } from "../definition.ts";
import { type ReportedResult, RoomHost, type RoomSummary, type RoomTell } from "../room/room-host.ts";
import type { RoomSpec } from "../room/room-spec.ts";
import type { Connection } from "../session/connection.ts";
import { type Admission, SessionHost } from "../session/session-host.ts";
import { ACTIONS, actionTypes, noteType, type PitState } from "./pit.ts";

const ROOM = parseRoomId("r_test");

/** A node without a network: one or more rooms, and sessions on memory sockets, on a virtual clock. */
export class TestNode {
  readonly clock: VirtualClock;
  /** What `onChanged` was told: errors of rooms, and rooms that ended. */
  readonly errors: unknown[] = [];
  readonly ended: string[] = [];
  readonly changes: RoomSummary[] = [];
  readonly results: ReportedResult[] = [];
  readonly tells: RoomTell[] = [];
  /** Players who came and went, as `onPresence` says. */
  readonly presence: string[] = [];
  readonly refused: string[] = [];
  statesSkipped = 0;
  /** Of every time a room ran for longer than nothing: how many ticks, and how long. */
  readonly runs: [ticks: number, tookMs: number][] = [];
  readonly rooms: RoomHost;
  readonly sessions: SessionHost;
  readonly definition: AnyRoomDefinition;
  readonly #usedTokens = new Set<string>();
  #secrets = 0;

  constructor(
    definition: AnyRoomDefinition,
    spec: Partial<RoomSpec> = {},
    { clock = new VirtualClock(1_000), opens = true } = {},
  ) {
    this.definition = definition;
    this.clock = clock;
    this.rooms = new RoomHost({
      definitions: { pit: definition },
      clock: this.clock,
      roomsMax: 2,
      seed: () => 7,
      onRan: (_room, ticks, tookMs) => {
        if (tookMs > 0) this.runs.push([ticks, tookMs]);
      },
      onResult: (result) => this.results.push(result),
      onTell: (tell) => this.tells.push(tell),
      onChanged: (room, error) => {
        this.changes.push(room);
        if (error !== undefined) this.errors.push(error);
        if (room.ended) this.ended.push(room.roomId);
      },
    });
    this.sessions = new SessionHost({
      clock: this.clock,
      limits: { framesPerSecondMax: 100 },
      admit: (token) => this.admit(token),
      newResumeKey: () => `key ${++this.#secrets}`,
      atEndOfTurn: (fn) => this.clock.after(0, fn),
      onRefused: (error) => this.refused.push(error.code),
      onStateSkipped: () => {
        this.statesSkipped++;
      },
      onPresence: (player, isHere) => this.presence.push(`${isHere ? "+" : "-"}${player}`),
    });
    if (opens) this.open(ROOM, spec);
  }

  open(room = ROOM, spec: Partial<RoomSpec> = {}): void {
    this.rooms.open(parseRoomId(room), parseEpoch(3), {
      roomName: "pit",
      optionsJson: '{"secret":"x"}',
      fillTo: 0,
      queue: "",
      joinCode: "",
      ...spec,
    });
  }

  admit(token: string): Admission | Promise<Admission> {
    return this.admitHere(token);
  }

  /** A token that ends with `watch` is a spectator's. */
  protected admitHere(token: string): Admission {
    const [player, room, , purpose] = token.split(" ");
    if (!room) throw new WarrenError("SEAT_TOKEN_INVALID");
    if (this.#usedTokens.has(token)) throw new WarrenError("SEAT_TOKEN_USED");
    this.#usedTokens.add(token);
    const spectator = purpose === "watch";
    const roomId = parseRoomId(room);
    const link = spectator ? this.rooms.watch(roomId) : this.rooms.linkTo(roomId);
    return { player: parsePlayerId(player), link, spectator };
  }

  reserve(player: string, room: string = ROOM): void {
    this.rooms.reserve(parseRoomId(room), [{ playerId: player, joinJson: JSON.stringify({ name: player }) }]);
  }

  /** A socket that has said nothing yet. */
  connect(): TestClient {
    return new TestClient(this);
  }

  /** A player with a seat, who has said HELLO. */
  hello(player: string, room = ROOM): TestClient {
    this.reserve(player, room);
    const client = this.connect();
    client.hello({ seatToken: this.token(player, room) });
    return client;
  }

  /** A player who sees the room. */
  join(player: string, room = ROOM): TestClient {
    const client = this.hello(player, room);
    this.clock.advance(50);
    return client;
  }

  /** Somebody who sees the room without a seat. */
  watch(player: string): TestClient {
    const client = this.connect();
    client.hello({ seatToken: `${this.token(player)} watch` });
    this.clock.advance(50);
    return client;
  }

  token(player: string, room: string = ROOM): string {
    return `${player} ${room} ${++this.#secrets}`;
  }
}

/** What a client makes of one socket, with the checks every client has to make. */
export class TestClient {
  readonly socket = new MemorySocket();
  readonly connection: Connection;
  readonly #messages: DownFrame[][] = [];
  readonly #node: TestNode;
  #view: StateView | undefined;
  #actionSeq = 0;
  #inputNumber = 0;
  #read = 0;

  constructor(node: TestNode) {
    this.#node = node;
    this.connection = node.sessions.accept(this.socket);
    this.socket.onClose = () => this.connection.closed();
  }

  /** Reads what has come; every delta has to fit. */
  get frames(): DownFrame[] {
    for (; this.#read < this.socket.sent.length; this.#read++) {
      const frames = decodeMessage(this.socket.sent[this.#read]!, 100_000) as DownFrame[];
      this.#messages.push(frames);
      for (const frame of frames) {
        if (frame.type === FrameType.WELCOME) {
          const schema = frame.body.wireSchema;
          const wire = schema === "" ? this.#node.definition.wire : (JSON.parse(schema) as RoomWireSchema);
          this.#view = new StateView(wire.state);
          this.#actionSeq = frame.body.actionSeq;
        } else if (frame.type === FrameType.STATE) {
          this.#view!.apply(frame.body.tick, frame.body.baseTick, frame.body.payload);
        }
      }
    }
    return this.#messages.flat();
  }
  /** Frames by message. */
  get messages(): readonly DownFrame[][] {
    void this.frames;
    return this.#messages;
  }

  #bodies<T extends DownFrame["type"]>(type: T) {
    type Body = (DownFrame & { type: T })["body"];
    return this.frames.filter((frame) => frame.type === type).map((frame) => frame.body as Body);
  }
  get welcome() {
    return this.#bodies(FrameType.WELCOME).at(-1)!;
  }
  get resync() {
    return this.#bodies(FrameType.RESYNC).at(-1);
  }
  get states() {
    return this.#bodies(FrameType.STATE);
  }
  get events() {
    return this.#bodies(FrameType.EVENT);
  }
  get replies() {
    return this.#bodies(FrameType.REPLY);
  }
  /** Text of the notes that came. */
  get notes(): string[] {
    return this.events.map((e) => (noteType.read(new ByteReader(e.payload)) as { text: string }).text);
  }
  get view(): StateViewOf<PitState> {
    void this.frames;
    return this.#view?.state as StateViewOf<PitState>;
  }
  get tick(): number {
    void this.frames;
    return this.#view!.tick;
  }
  /** How the server closed the socket, as an error code or a number; "" while it is open. */
  get closed(): string {
    const code = this.socket.closedBy?.code;
    return code === undefined ? "" : (errorCodeOfClose(code) ?? String(code));
  }

  message(bytes: Uint8Array, isBinary = true): void {
    this.connection.message(bytes, isBinary);
    this.#node.clock.advance(0);
  }

  send(...frames: (UpFrame | DownFrame)[]): void {
    this.message(Buffer.concat(frames.map((frame) => encodeFrame(frame))));
  }

  hello(body: Partial<Hello>): void {
    this.send({
      type: FrameType.HELLO,
      body: { protocolVersion: PROTOCOL_VERSION, seatToken: "", wireFingerprint: "", ...body },
    });
  }

  resume(from: TestClient, body: Partial<Resume> = {}): void {
    const { sessionId, resumeKey, epoch } = from.welcome;
    this.send({
      type: FrameType.RESUME,
      body: { protocolVersion: PROTOCOL_VERSION, sessionId, resumeKey, epoch, eventSeq: 0, ...body },
    });
  }

  input(thrust: number, inputNumber = ++this.#inputNumber, seenAt = 0): void {
    const { generation } = this.welcome;
    this.#inputNumber = inputNumber;
    const payload = new Uint8Array([thrust & 0xff]);
    this.send({ type: FrameType.INPUT, body: { generation, inputNumber, eventSeq: 0, seenAt, payload } });
  }

  actionFrame<K extends keyof typeof actionTypes>(name: K, args: object, actionSeq?: number): UpFrame {
    const { generation } = this.welcome; // reads what came, and with it the number to go on from
    const out = new ByteWriter();
    (actionTypes[name].args as Type<object>).write(out, args);
    return {
      type: FrameType.ACTION,
      body: {
        generation,
        actionSeq: actionSeq ?? ++this.#actionSeq,
        eventSeq: 0,
        actionId: ACTIONS.indexOf(name),
        payload: out.finish(),
      },
    };
  }

  act<K extends keyof typeof actionTypes>(name: K, args: object = {}, actionSeq?: number): void {
    this.send(this.actionFrame(name, args, actionSeq));
  }

  /** Of each reply: its number and its result or its error. */
  results(): string[] {
    return this.replies.map(({ actionSeq, errorCode, payload }) => {
      if (errorCode !== "") return `${actionSeq} ${errorCode} ${new TextDecoder().decode(payload)}`;
      return `${actionSeq} ${payload.length === 4 ? new ByteReader(payload).u32() : "ok"}`;
    });
  }

  leave(generation = this.welcome.generation): void {
    this.send({ type: FrameType.LEAVE, body: { generation } });
  }

  /** The socket is gone, as when the train enters the tunnel. */
  lose(): void {
    this.connection.closed();
  }
}
