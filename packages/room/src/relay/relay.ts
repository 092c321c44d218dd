import { type Clock, type NodeId, parseNodeId } from "@warren/kernel";
import { RELAY_VERSION } from "@warren/protocol";
import { RelayPacket } from "@warren/protocol/services";
import type { Admission } from "../session/session-host.ts";
import { RelayGuest } from "./relay-guest.ts";
import { RelayHost } from "./relay-host.ts";
import { RELAY_LOOK_MS } from "./relay-limits.ts";

/** Told what the relay does, as often as it does it. */
export interface RelayMetrics {
  /** A packet of so many bytes was sent. */
  onSent?(bytes: number): void;
  /** So many items are on their way again, because they were not acknowledged. */
  onResent?(items: number): void;
  /** A state was sent to a node, for however many sessions. */
  onState?(): void;
  /** A session missed a state because a packet was lost, and got a snapshot. */
  onResynced?(): void;
}

export interface RelayOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  /** Publishes a packet for a node; it may be lost, and is dropped while there is no connection. */
  send(node: NodeId, packet: Uint8Array): void;
  /** False: nothing that is published arrives anywhere. */
  isConnected(): boolean;
  /** Whether the node has a lease; one that has none is given up sooner when it is silent. */
  hasLease(node: NodeId): boolean;
  /** Calls `fn` at the end of this turn of the event loop. */
  atEndOfTurn(fn: () => void): void;
  /** Whom a seat token lets into a room of this node. Throws WarrenError; ROOM_NOT_FOUND when the room is not here. */
  admit(seatToken: string): Admission;
  /** An id that no node made before. */
  newChannelId(): string;
  readonly metrics?: RelayMetrics;
}

/**
 * Sessions of this node in rooms of others, and sessions of others in rooms of this one. Of two nodes the *host* is the
 * one that owns the rooms, the *guest* the one that has the sessions; both are either to each other.
 *
 *   client ── Session ── RelayLink ── RelayGuest ══ channel ══ RelayHost ── RelayMember ── RoomLink ── room
 *
 * A *member* is a session as the host knows it. A *reader* is whom a state or an event is sent for: one player's member,
 * or all members there that watch the same room.
 */
export class Relay {
  readonly #options: RelayOptions;
  /** By the node that has the rooms. */
  readonly #guests = new Map<NodeId, RelayGuest>();
  /** By the node that has the sessions. */
  readonly #hosts = new Map<NodeId, RelayHost>();
  readonly #waiting = new Set<RelayGuest | RelayHost>();
  #cancelLook: (() => void) | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Sessions of this node in rooms of others. */
  get guestSessions(): number {
    let count = 0;
    for (const guest of this.#guests.values()) count += guest.sessionCount;
    return count;
  }

  /** Sessions of others in rooms of this node. */
  get hostedSessions(): number {
    let count = 0;
    for (const host of this.#hosts.values()) count += host.sessionCount;
    return count;
  }

  /** Bytes of events, actions and the like that other nodes have not acknowledged. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const end of [...this.#guests.values(), ...this.#hosts.values()]) bytes += end.waitingBytes;
    return bytes;
  }

  /**
   * Lets the bearer of a seat token into a room of another node, which opens it. Rejects with what that node says, or
   * UNAVAILABLE when it does not answer in `RELAY_ADMIT_MS_MAX`.
   */
  admit(owner: NodeId, seatToken: string): Promise<Admission> {
    let guest = this.#guests.get(owner);
    if (!guest) {
      const made: RelayGuest = new RelayGuest(owner, this.#options, () => this.#flushSoon(made));
      guest = made;
      this.#guests.set(owner, guest);
      this.#lookLater();
    }
    return guest.admit(seatToken);
  }

  /** A packet of another node came. */
  receive(bytes: Uint8Array): void {
    const packet = RelayPacket.decode(bytes);
    const from = parseNodeId(packet.from);
    if (packet.fromHost) {
      const guest = this.#guests.get(from);
      if (guest?.channelId !== packet.channel) return;
      guest.receive(packet);
      if (guest.isOver) this.#guests.delete(from);
      return;
    }
    const host = this.#hostFor(packet, from);
    if (host) host.receive(packet);
    else this.#answerUnknown(packet, from);
  }

  #hostFor(packet: RelayPacket, from: NodeId): RelayHost | undefined {
    if (packet.version !== RELAY_VERSION) return undefined;
    const known = this.#hosts.get(from);
    if (known?.channelId === packet.channel) return known;
    if (!packet.opening) return undefined;
    // A node has one channel to this one: it has given up the one before.
    known?.close();
    const host: RelayHost = new RelayHost(from, packet.channel, this.#options, () => this.#flushSoon(host));
    this.#hosts.set(from, host);
    this.#lookLater();
    return host;
  }

  #answerUnknown({ channel }: RelayPacket, to: NodeId): void {
    const { self } = this.#options;
    const answer = RelayPacket.fromPartial({
      version: RELAY_VERSION,
      from: self,
      channel,
      fromHost: true,
      unknown: true,
    });
    this.#options.send(to, RelayPacket.encode(answer).finish());
  }

  /** Tells the other nodes, once, that the sessions here are offline. */
  close(): void {
    this.#cancelLook?.();
    for (const host of this.#hosts.values()) host.flush();
    for (const guest of this.#guests.values()) guest.close();
    this.#guests.clear();
    this.#hosts.clear();
  }

  #flushSoon(end: RelayGuest | RelayHost): void {
    if (this.#waiting.size === 0) this.#options.atEndOfTurn(() => this.#flushAll());
    this.#waiting.add(end);
  }

  #flushAll(): void {
    const ends = [...this.#waiting];
    this.#waiting.clear();
    for (const end of ends) if (!end.isOver) end.flush();
    this.#sweep();
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#options.clock.after(RELAY_LOOK_MS, () => {
      this.#cancelLook = undefined;
      for (const end of [...this.#guests.values(), ...this.#hosts.values()]) end.look();
      this.#sweep();
      if (this.#guests.size + this.#hosts.size > 0) this.#lookLater();
    });
  }

  #sweep(): void {
    for (const [node, guest] of this.#guests) if (guest.isOver) this.#guests.delete(node);
    for (const [node, host] of this.#hosts) if (host.isOver) this.#hosts.delete(node);
  }
}
