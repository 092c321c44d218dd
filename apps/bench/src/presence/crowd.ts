import { randomBytes } from "node:crypto";
import { defineRoom, t } from "@warren/game";
import { type PlayerId, parseEpoch, parsePlayerId, parseRoomId, systemClock } from "@warren/kernel";
import { decodeMessage, encodeFrame, FrameType, PROTOCOL_VERSION } from "@warren/protocol/session";
import { type Connection, RoomHost, SessionHost } from "@warren/room";

/** Players of one room. */
const SEATS = 100;
const FRAMES_MAX = 1_000;
/** Between two of these the event loop is free, for leases are to be renewed. */
const PLAYERS_PER_TURN = 500;

const lobby = defineRoom({ seats: SEATS, state: t.state({ players: t.u8() }) });

/** As long as ids of guests are, and flat as if it had come in a token. `times`: how often others had the seat before. */
export const playerOf = (number: number, times: number): PlayerId =>
  parsePlayerId(
    Buffer.from(`p_${String(number).padStart(20, "0")}${String(times).padStart(6, "0")}`).toString(),
  );

/** Players with sessions on one node, each with a seat in a room without ticks, over sockets that take everything. */
export class Crowd {
  readonly sessions: SessionHost;
  /** MESSAGE frames the sockets were given. */
  messages = 0;
  /** Whom the node has no session of any more. */
  onGone: (player: PlayerId) => void = () => {};
  readonly #rooms: RoomHost;
  readonly #first: number;
  readonly #count: number;
  /** Everyone who came: the same text as the session has, not another like it. */
  readonly players: PlayerId[] = [];
  readonly #connections: Connection[] = [];

  /** Players `first` to `first + count - 1`, none of whom is there. */
  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
    this.#rooms = new RoomHost({
      definitions: { lobby },
      clock: systemClock,
      roomsMax: Math.ceil(count / SEATS),
      seed: () => 1,
      onChanged(_, error) {
        if (error !== undefined) throw error;
      },
    });
    this.sessions = new SessionHost({
      clock: systemClock,
      limits: { framesPerSecondMax: 100 },
      admit: (token) => {
        const i = Number(token);
        return { player: this.players[i]!, link: this.#rooms.linkTo(roomOf(i)), spectator: false };
      },
      newResumeKey: () => randomBytes(16).toString("base64url"),
      atEndOfTurn: (fn) => setImmediate(fn),
      onRefused(error) {
        throw error;
      },
      onPresence: (player, isHere) => {
        if (!isHere) this.onGone(player);
      },
    });
  }

  /** Sessions of everyone, or of one of so many, who were not there before. */
  async come(oneOf = 1, times = 0): Promise<void> {
    await this.#each(oneOf, (i) => {
      this.#connections[i] = this.#sit(i, times);
    });
  }

  /** One of so many gives the seat back; no room is left by all. */
  async leave(oneOf: number): Promise<void> {
    const bytes = encodeFrame({ type: FrameType.LEAVE, body: { generation: 1 } });
    await this.#each(oneOf, (i) => this.#connections[i]!.message(bytes, true));
  }

  async #each(oneOf: number, call: (i: number) => void): Promise<void> {
    for (let i = 0; i < this.#count; i += oneOf) {
      if (i % (oneOf * PLAYERS_PER_TURN) === 0) await turn();
      call(i);
    }
    await turn();
  }

  #sit(i: number, times: number): Connection {
    if (i % SEATS === 0 && !this.#connections[i]) {
      const spec = { roomName: "lobby", optionsJson: "", fillTo: 0, queue: "", joinCode: "" };
      this.#rooms.open(roomOf(i), parseEpoch(1), spec);
    }
    const player = playerOf(this.#first + i, times);
    this.players[i] = player;
    this.#rooms.reserve(roomOf(i), [{ playerId: player, joinJson: "" }]);
    const connection = this.sessions.accept({
      send: (message) => this.#sent(message),
      bufferedBytes: () => 0,
      close(code, reason) {
        if (code !== 1000) throw new Error(`${player} was closed: ${code} ${reason}`);
      },
    });
    const hello = {
      protocolVersion: PROTOCOL_VERSION,
      seatToken: String(i),
      wireFingerprint: lobby.wireFingerprint,
    };
    connection.message(encodeFrame({ type: FrameType.HELLO, body: hello }), true);
    return connection;
  }

  #sent(message: Uint8Array): void {
    for (const { type } of decodeMessage(message, FRAMES_MAX))
      if (type === FrameType.MESSAGE) this.messages++;
  }
}

const roomOf = (i: number) => parseRoomId(`r_${Math.floor(i / SEATS)}`);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
