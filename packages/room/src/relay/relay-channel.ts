import type { NodeId } from "@warren/kernel";
import { RELAY_VERSION } from "@warren/protocol";
import { type RelayInput, type RelayItem, RelayPacket, type RelayState } from "@warren/protocol/services";
import {
  RELAY_ITEM_OVERHEAD_BYTES,
  RELAY_KEEPALIVE_MS,
  RELAY_LOOK_MS,
  RELAY_PACKET_BYTES_MAX,
  RELAY_RESEND_MS,
  RELAY_RESEND_MS_MAX,
  RELAY_WINDOW_BYTES_MAX,
} from "./relay-limits.ts";

export type RelayBody = NonNullable<RelayItem["body"]>;

/** Whom an item waits for, and what waits for them in all. */
export interface Payer {
  waitingBytes: number;
}

/** An item that is not acknowledged. */
export interface WaitingItem {
  /** Without a body: withdrawn, and only its number is left. */
  item: RelayItem;
  /** What it costs: the channel with all whom it is for, and each payer. */
  bytes: number;
  readonly bytesEach: number;
  readonly payers: Payer[];
}

export interface RelayChannelOptions {
  readonly self: NodeId;
  readonly id: string;
  readonly isHost: boolean;
  /** Gives a packet to the bus, which may lose it. */
  send(packet: Uint8Array): void;
  isConnected(): boolean;
  /** Call `flush` at the end of this turn. */
  wantsFlush(): void;
  onSent?(bytes: number): void;
  /** So many items are on their way again. */
  onResent?(items: number): void;
}

/** Heads, lists and the like, beside items, inputs and payloads. */
const PACKET_HEAD_BYTES = 256;
/** A reader in the list of a state, with its numbers. */
const READER_STATE_BYTES = 12;
/** Less than this at the end of a packet is not worth a piece of a state. */
const PIECE_BYTES_MIN = 16 * 1024;

export function waitingItem(body: RelayBody, payloadBytes: number, payers: Payer[]): WaitingItem {
  const bytes = payloadBytes + RELAY_ITEM_OVERHEAD_BYTES;
  return { item: { body }, bytes, bytesEach: bytes, payers };
}

/**
 * One end of a channel between two nodes over a bus that may lose: numbered items, sent again until they are
 * acknowledged and handled once and in order, and what is only worth something now. Pure: it is told when a turn ends
 * (`flush`) and every `RELAY_LOOK_MS` (`look`), and counts looks and not the time between them, so that a process which
 * stood still blames nobody.
 */
export class RelayChannel {
  /** For how long nothing was heard while the bus was connected. */
  silentMs = 0;
  /** Nothing is sent, not even what waits. */
  isMuted = false;
  /** Bytes of items that are not acknowledged. */
  waitingBytes = 0;
  readonly #options: RelayChannelOptions;

  // What is sent: items 1 to `acked` are handled, those to `sent` on their way, those after it have not been sent or are lost.
  readonly #waiting: WaitingItem[] = [];
  #acked = 0;
  #sent = 0;
  /** Highest that ever was sent. */
  #reached = 0;
  #onTheWayBytes = 0;
  #unackedMs = 0;
  #resendMs = RELAY_RESEND_MS;
  #packets = 0;
  #quietMs = 0;
  #isDisconnected = false;
  readonly #inputs: RelayInput[] = [];
  readonly #refresh = new Set<number>();
  readonly #states: RelayState[] = [];

  // What is received.
  #handled = 0;
  #packetsSeen = 0;
  #isHeard = false;
  #owesAck = false;
  #isMissing = false;
  #hasToldMissing = false;

  constructor(options: RelayChannelOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.id;
  }

  /** Whether what is published now may arrive. */
  get isConnected(): boolean {
    return !this.isMuted && this.#options.isConnected();
  }

  /** All that was pushed is acknowledged. */
  get isDone(): boolean {
    return this.#waiting.length === 0;
  }

  push(waiting: WaitingItem): void {
    this.#waiting.push(waiting);
    this.waitingBytes += waiting.bytes;
    this.#options.wantsFlush();
  }

  /** It leaves with the next packet; no flush is asked for. */
  input(input: RelayInput): void {
    this.#inputs.push(input);
  }

  refresh(reader: number): void {
    this.#refresh.add(reader);
    this.#options.wantsFlush();
  }

  state(state: RelayState): void {
    this.#states.push(state);
    this.#options.wantsFlush();
  }

  // --- received ---

  /**
   * The head of a packet that came. `isNew`: its inputs and states have not been seen, and none after them; `isGap`: the
   * one before was lost.
   */
  head(packet: RelayPacket): { isNew: boolean; isGap: boolean } {
    this.silentMs = 0;
    this.#isHeard = true;
    this.#acknowledged(packet.ack);
    if (packet.missing) this.#goBack();
    if (packet.number <= this.#packetsSeen) return { isNew: false, isGap: false };
    const isGap = packet.number > this.#packetsSeen + 1;
    this.#packetsSeen = packet.number;
    return { isNew: true, isGap };
  }

  /** Gives the items of a packet to `handle` that it has not had, in order. */
  items({ firstItem, items }: RelayPacket, handle: (body: RelayBody) => void): void {
    if (firstItem > this.#handled + 1) {
      // Only from the first that is missing on, because order is all.
      if (!this.#hasToldMissing) {
        this.#isMissing = true;
        this.#options.wantsFlush();
      }
      return;
    }
    if (items.length > 0) this.#owesAck = true;
    for (let i = this.#handled + 1 - firstItem; i < items.length; i++) {
      this.#handled++;
      this.#hasToldMissing = false;
      const { body } = items[i]!;
      if (body) handle(body);
    }
  }

  #acknowledged(ack: number): void {
    const count = Math.min(ack, this.#reached) - this.#acked;
    if (count <= 0) return;
    for (const { bytes, bytesEach, payers } of this.#waiting.splice(0, count)) {
      this.waitingBytes -= bytes;
      this.#onTheWayBytes -= bytes;
      for (const payer of payers) payer.waitingBytes -= bytesEach;
    }
    this.#acked += count;
    if (this.#sent < this.#acked) {
      // They were thought to be lost.
      this.#sent = this.#acked;
      this.#onTheWayBytes = 0;
    }
    this.#unackedMs = 0;
    this.#resendMs = RELAY_RESEND_MS;
    if (this.#hasMore()) this.#options.wantsFlush();
  }

  /** What is not acknowledged is lost. */
  #goBack(): void {
    this.#unackedMs = 0;
    if (this.#sent === this.#acked) return;
    this.#sent = this.#acked;
    this.#onTheWayBytes = 0;
    this.#options.wantsFlush();
  }

  // --- sent ---

  /** Whether items may go out that have not, or are lost. */
  #hasMore(): boolean {
    return this.#sent - this.#acked < this.#waiting.length && this.#onTheWayBytes < RELAY_WINDOW_BYTES_MAX;
  }

  /** Sends what arose in this turn. */
  flush(): void {
    if (!this.isConnected) {
      this.#states.length = this.#inputs.length = 0;
      this.#refresh.clear();
      return;
    }
    do this.#send(this.#nextPacket());
    while (this.#states.length > 0 || this.#inputs.length > 0 || this.#hasMore());
  }

  #nextPacket(): RelayPacket {
    const { self, id, isHost } = this.#options;
    const packet: RelayPacket = {
      version: RELAY_VERSION,
      from: self,
      channel: id,
      fromHost: isHost,
      opening: !isHost && !this.#isHeard,
      unknown: false,
      number: ++this.#packets,
      ack: this.#handled,
      missing: this.#isMissing,
      firstItem: this.#sent + 1,
      items: [],
      inputs: [],
      refresh: [...this.#refresh],
      states: [],
    };
    this.#hasToldMissing ||= this.#isMissing;
    this.#isMissing = this.#owesAck = false;
    this.#refresh.clear();
    let left = RELAY_PACKET_BYTES_MAX - PACKET_HEAD_BYTES - packet.refresh.length * 5;
    left = this.#takeStates(packet, left);
    left = this.#takeInputs(packet, left);
    // Not before the states of their turn: who hears of a change has seen it.
    if (this.#states.length === 0) this.#takeItems(packet, left);
    return packet;
  }

  #takeStates(packet: RelayPacket, bytesLeft: number): number {
    let left = bytesLeft;
    for (let state = this.#states[0]; state; state = this.#states[0]) {
      const { payload } = state;
      let space = left - state.readers.length * READER_STATE_BYTES - 32;
      // A list alone may be long.
      if (packet.states.length === 0) space = Math.max(space, PIECE_BYTES_MIN);
      if (payload.length <= space) {
        packet.states.push(state);
        this.#states.shift();
        left = space - payload.length;
        continue;
      }
      if (space < PIECE_BYTES_MIN) break;
      const bytesLeftOver = payload.length - space;
      packet.states.push({
        ...state,
        payload: payload.subarray(0, space),
        bytesLeft: bytesLeftOver + state.bytesLeft,
      });
      this.#states[0] = {
        ...state,
        payload: payload.subarray(space),
        bytesBefore: state.bytesBefore + space,
      };
      return 0;
    }
    return left;
  }

  #takeInputs(packet: RelayPacket, bytesLeft: number): number {
    let left = bytesLeft;
    let count = 0;
    for (const input of this.#inputs) {
      left -= input.payload.length + 24;
      if (left < 0) break;
      count++;
    }
    packet.inputs = this.#inputs.splice(0, count);
    return left;
  }

  #takeItems(packet: RelayPacket, bytesLeft: number): void {
    let left = bytesLeft;
    let again = 0;
    while (this.#hasMore()) {
      const waiting = this.#waiting[this.#sent - this.#acked]!;
      left -= waiting.bytes;
      const isAlone = packet.items.length + packet.states.length + packet.inputs.length === 0;
      if (left < 0 && !isAlone) break;
      packet.items.push(waiting.item);
      this.#onTheWayBytes += waiting.bytes;
      this.#sent++;
      if (this.#sent <= this.#reached) again++;
      else this.#reached = this.#sent;
    }
    if (again > 0) this.#options.onResent?.(again);
  }

  #send(packet: RelayPacket): void {
    const bytes = RelayPacket.encode(packet).finish();
    this.#quietMs = 0;
    this.#options.onSent?.(bytes.length);
    this.#options.send(bytes);
  }

  /** Call it every `RELAY_LOOK_MS`. `isKept`: the other side is to know that this one lives. */
  look(isKept: boolean): void {
    if (!this.#options.isConnected()) {
      this.#isDisconnected = true;
      // Who is silent and who cannot be heard is not known, and they need time to come back, too.
      this.silentMs = 0;
      return;
    }
    this.silentMs += RELAY_LOOK_MS;
    if (this.isMuted) return;
    if (this.#isDisconnected) {
      this.#isDisconnected = false;
      this.#resendMs = RELAY_RESEND_MS;
      this.#goBack();
    }
    this.#quietMs += RELAY_LOOK_MS;
    if (this.#sent > this.#acked) {
      this.#unackedMs += RELAY_LOOK_MS;
      if (this.#unackedMs >= this.#resendMs) {
        this.#resendMs = Math.min(2 * this.#resendMs, RELAY_RESEND_MS_MAX);
        this.#goBack();
      }
    }
    this.#hasToldMissing = false;
    if (this.#owesAck || this.#hasMore() || (isKept && this.#quietMs >= RELAY_KEEPALIVE_MS)) this.flush();
  }
}
