import { ByteReader, type NodeId, type RoomId } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { RelayAttached, RelayPacket, RelayState } from "@warren/protocol/services";
import type { StateFrames } from "@warren/protocol/session";
import type { RoomInfo } from "../room/room-link.ts";
import type { RelayOptions } from "./relay.ts";
import { type RelayBody, RelayChannel, type WaitingItem, waitingItem } from "./relay-channel.ts";
import {
  RELAY_CHANNEL_BYTES_MAX,
  RELAY_FORGET_MS,
  RELAY_ITEM_BYTES_MAX,
  RELAY_SESSION_BYTES_MAX,
  RELAY_SILENT_MS_MAX,
} from "./relay-limits.ts";
import { RelayMember, type RelayMemberWay } from "./relay-member.ts";
import { RelayReader, type RelayReaderWay } from "./relay-reader.ts";

/** An event that others of the same moment may be the same as. */
interface LastEvent {
  readonly payload: Uint8Array;
  readonly tick: number;
  readonly eventId: number;
  readonly readers: number[];
  readonly waiting: WaitingItem;
}

/** What a reader costs in the list of an event. */
const READER_BYTES = 6;

/** The sessions of one other node whose rooms are here. */
export class RelayHost implements RelayReaderWay, RelayMemberWay {
  readonly guest: NodeId;
  /** It is forgotten, and its sessions are detached. */
  isOver = false;
  readonly #options: RelayOptions;
  readonly #channel: RelayChannel;
  readonly #members = new Map<number, RelayMember>();
  readonly #readers = new Map<number, RelayReader>();
  /** All spectators of a room are one reader. */
  readonly #watching = new Map<RoomId, RelayReader>();
  readonly #schemasSent = new Set<string>();
  #lastReader = 0;
  #wasConnected = true;
  /** States of this turn, by what they are encoded as: who gets the same shares one. */
  readonly #states = new Map<StateFrames, RelayState>();
  #lastEvent: LastEvent | undefined;
  /** What a room says while a session attaches; it goes out behind the answer. */
  #held: WaitingItem[] | undefined;
  readonly #overflowed = new Set<RelayReader>();

  constructor(guest: NodeId, channelId: string, options: RelayOptions, wantsFlush: () => void) {
    this.guest = guest;
    this.#options = options;
    this.#channel = new RelayChannel({
      self: options.self,
      id: channelId,
      isHost: true,
      send: (packet) => options.send(guest, packet),
      isConnected: options.isConnected,
      wantsFlush,
      ...options.metrics,
    });
  }

  get channelId(): string {
    return this.#channel.id;
  }

  get waitingBytes(): number {
    return this.#channel.waitingBytes;
  }

  get sessionCount(): number {
    return this.#members.size;
  }

  get isConnected(): boolean {
    return this.#channel.isConnected;
  }

  // --- from the guest ---

  receive(packet: RelayPacket): void {
    const { isNew } = this.#channel.head(packet);
    if (this.#channel.isMuted) this.#heardAgain();
    if (isNew) for (const input of packet.inputs) this.#input(input);
    this.#channel.items(packet, (body) => this.#item(body));
    if (isNew) for (const reader of packet.refresh) this.#readers.get(reader)?.refresh();
  }

  #item(body: RelayBody): void {
    switch (body.$case) {
      case "attach":
        return this.#attach(body.value.session, body.value.seatToken);
      case "detach":
        return this.#with(body.value, (member) => this.#detach(member));
      case "reattach":
        return this.#with(body.value, (member) => {
          member.isOnline = true;
          member.reader.refresh();
          member.link.reattach(member.player, member);
        });
      case "leave":
        return this.#with(body.value, (member) => {
          this.#forget(member);
          member.link.leave(member.player, member);
        });
      case "action": {
        const { session, actionSeq, actionId, payload } = body.value;
        return this.#with(session, (member) => {
          try {
            member.link.action(member.player, actionSeq, actionId, new ByteReader(payload));
          } finally {
            member.link.settle();
          }
        });
      }
    }
  }

  #input({ session, inputNumber, seenAt, payload }: RelayPacket["inputs"][number]): void {
    this.#with(session, (member) =>
      member.link.input(member.player, inputNumber, seenAt, new ByteReader(payload)),
    );
  }

  /** A session that asked for something wrong is over; its seat is kept as when its own node closes the socket. */
  #with(session: number, call: (member: RelayMember) => void): void {
    const member = this.#members.get(session);
    if (!member) return; // over here, and its node has been told
    try {
      call(member);
    } catch (error) {
      this.#fail(member, WarrenError.from(error));
    }
  }

  #attach(session: number, seatToken: string): void {
    let member: RelayMember | undefined;
    const held: WaitingItem[] = [];
    this.#held = held;
    try {
      const { player, link, spectator } = this.#options.admit(seatToken);
      const reader = this.#readerFor(link.info.roomId, spectator);
      member = new RelayMember(session, player, link, reader, this);
      this.#members.set(session, member);
      reader.members.add(member);
      const { actionSeq } = link.attach(player, member);
      if (spectator) reader.refresh();
      this.#held = undefined;
      const value = this.#answer(member, spectator, actionSeq);
      this.#push({ $case: "attached", value }, value.wireSchema.length);
    } catch (error) {
      this.#held = undefined;
      if (member) this.#forget(member);
      const { code, message } = WarrenError.from(error);
      this.#push({ $case: "refused", value: { session, errorCode: code, message } });
    }
    for (const waiting of held) this.#channel.push(waiting);
  }

  #answer(member: RelayMember, spectator: boolean, actionSeq: number): RelayAttached {
    const info: RoomInfo = member.link.info;
    const { wireFingerprint } = info;
    const wireSchema = this.#schemasSent.has(wireFingerprint) ? "" : info.wireSchema;
    this.#schemasSent.add(wireFingerprint);
    const { session, player: playerId } = member;
    return { ...info, wireSchema, session, reader: member.reader.id, playerId, spectator, actionSeq };
  }

  #readerFor(room: RoomId, spectator: boolean): RelayReader {
    const known = spectator ? this.#watching.get(room) : undefined;
    if (known) return known;
    const reader = new RelayReader(++this.#lastReader, spectator, this);
    this.#readers.set(reader.id, reader);
    if (spectator) this.#watching.set(room, reader);
    return reader;
  }

  #detach(member: RelayMember): void {
    member.isOnline = false;
    member.link.detach(member.player, member);
  }

  // --- what the rooms say ---

  state(reader: number, tick: number, frames: StateFrames, inputNumber: number, inputsWaiting: number): void {
    let state = this.#states.get(frames);
    if (!state) {
      // Rooms write the next state over it.
      const payload = Buffer.from(frames.payload);
      state = {
        tick,
        baseTick: frames.baseTick,
        readers: [],
        inputNumbers: [],
        inputsWaiting: [],
        payload,
        bytesBefore: 0,
        bytesLeft: 0,
      };
      this.#states.set(frames, state);
      this.#channel.state(state);
      this.#options.metrics?.onState?.();
    }
    state.readers.push(reader);
    state.inputNumbers.push(inputNumber);
    state.inputsWaiting.push(inputsWaiting);
  }

  event(reader: RelayReader, tick: number, eventId: number, payload: Uint8Array): void {
    const last = this.#lastEvent;
    // A room tells all its sessions one after the other, and gives each the same bytes.
    if (last?.payload === payload && last.tick === tick && last.eventId === eventId) {
      const { waiting } = last;
      last.readers.push(reader.id);
      waiting.payers.push(reader);
      waiting.bytes += READER_BYTES;
      if (!this.#held) this.#channel.waitingBytes += READER_BYTES;
      this.#charge(reader, waiting.bytesEach);
      return;
    }
    const readers = [reader.id];
    const value = { readers, tick, eventId, payload: Buffer.from(payload) };
    const waiting = this.#push({ $case: "event", value }, payload.length, reader);
    this.#lastEvent = { payload, tick, eventId, readers, waiting };
  }

  reply(member: RelayMember, actionSeq: number, errorCode: ErrorCode | undefined, bytes: Uint8Array): void {
    const payload = Buffer.from(bytes);
    const value = { session: member.session, actionSeq, errorCode: errorCode ?? "", payload };
    this.#push({ $case: "reply", value }, payload.length, member.reader);
  }

  end(member: RelayMember, code: ErrorCode, message: string): void {
    this.#forget(member);
    this.#push({ $case: "end", value: { session: member.session, errorCode: code, message } });
  }

  #push(body: RelayBody, payloadBytes = 0, reader?: RelayReader): WaitingItem {
    this.#lastEvent = undefined;
    const waiting = waitingItem(body, payloadBytes, reader ? [reader] : []);
    if (reader) this.#charge(reader, waiting.bytes);
    // It would not go through the bus; whom it is for goes at the end of the turn.
    if (payloadBytes > RELAY_ITEM_BYTES_MAX) return waiting;
    if (this.#held) this.#held.push(waiting);
    else this.#channel.push(waiting);
    return waiting;
  }

  /** Not ended at once, but at the end of the turn: a handler of the room may be running. */
  #charge(reader: RelayReader, bytes: number): void {
    reader.waitingBytes += bytes;
    if (bytes > RELAY_ITEM_BYTES_MAX || reader.waitingBytes > RELAY_SESSION_BYTES_MAX)
      this.#overflowed.add(reader);
  }

  // --- turns and time ---

  flush(): void {
    this.#lastEvent = undefined;
    for (const { members } of this.#overflowed)
      for (const member of [...members])
        this.#fail(
          member,
          new WarrenError("UNAVAILABLE", "More waits for the session than is kept for its node."),
        );
    this.#overflowed.clear();
    this.#states.clear();
    if (this.#channel.waitingBytes > RELAY_CHANNEL_BYTES_MAX) this.close();
    else this.#channel.flush();
    this.#lastEvent = undefined;
  }

  /** Call it every `RELAY_LOOK_MS`. */
  look(): void {
    this.#channel.look(this.#members.size > 0);
    const { silentMs } = this.#channel;
    if (silentMs >= RELAY_FORGET_MS) return this.close();
    if (silentMs >= RELAY_SILENT_MS_MAX && !this.#channel.isMuted) this.#fellSilent();
    const isConnected = this.#channel.isConnected;
    if (isConnected && !this.#wasConnected) for (const reader of this.#readers.values()) reader.reconnected();
    this.#wasConnected = isConnected;
  }

  /** The guest is not told anything any more, so that it finds out if it only cannot be heard. */
  #fellSilent(): void {
    for (const member of this.#members.values()) this.#leaveSeat(member);
    this.#channel.isMuted = true;
  }

  #heardAgain(): void {
    this.#channel.isMuted = false;
    for (const { session, isOnline } of [...this.#members.values()]) {
      if (!isOnline) continue;
      this.#with(session, (member) => {
        member.reader.refresh();
        member.link.reattach(member.player, member);
      });
    }
  }

  /** Keeps the seats, and forgets the channel. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const member of [...this.#members.values()]) {
      this.#leaveSeat(member);
      this.#forget(member);
    }
  }

  #fail(member: RelayMember, error: WarrenError): void {
    if (member.isGone) return;
    this.#leaveSeat(member);
    this.end(member, error.code, error.message);
  }

  /** Its grace begins, unless it has begun. */
  #leaveSeat(member: RelayMember): void {
    if (member.isOnline && !this.#channel.isMuted) member.link.detach(member.player, member);
  }

  #forget(member: RelayMember): void {
    member.isGone = true;
    member.isOnline = false;
    this.#members.delete(member.session);
    const { reader } = member;
    reader.members.delete(member);
    if (reader.members.size > 0) return;
    this.#readers.delete(reader.id);
    if (reader.isShared) this.#watching.delete(member.link.info.roomId);
  }
}
