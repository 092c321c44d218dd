import { type NodeId, parseEpoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import { type ErrorCode, isErrorCode, RELAY_VERSION, WarrenError } from "@warren/protocol";
import type { RelayAttached, RelayPacket, RelayState } from "@warren/protocol/services";
import type { RoomInfo } from "../room/room-link.ts";
import type { Admission } from "../session/session-host.ts";
import type { RelayOptions } from "./relay.ts";
import { type Payer, type RelayBody, RelayChannel, type WaitingItem, waitingItem } from "./relay-channel.ts";
import {
  RELAY_ADMIT_MS_MAX,
  RELAY_ADMITS_MAX,
  RELAY_CHANNEL_BYTES_MAX,
  RELAY_IDLE_MS_MAX,
  RELAY_INPUT_GAP_MS,
  RELAY_LEASELESS_MS_MAX,
  RELAY_LOOK_MS,
  RELAY_SILENT_MS_MAX,
} from "./relay-limits.ts";
import { RelayLink, type RelayLinkWay } from "./relay-link.ts";
import { RelayedState } from "./relayed-state.ts";

/** A session that waits to be let in. */
interface Asking {
  admit(admission: Admission): void;
  refuse(error: WarrenError): void;
}

/** The sessions here whose rooms are on one other node. */
export class RelayGuest implements RelayLinkWay {
  /** It has no session any more, and every one it had is over. */
  isOver = false;
  readonly #host: NodeId;
  readonly #options: RelayOptions;
  readonly #wantsFlush: () => void;
  readonly #channel: RelayChannel;
  readonly #asking = new Map<number, Asking>();
  readonly #links = new Map<number, RelayLink>();
  /** By reader. */
  readonly #audiences = new Map<number, Set<RelayLink>>();
  /** Wire schemas by fingerprint: as many as the host has room definitions. */
  readonly #schemas = new Map<string, string>();
  #lastSession = 0;
  #idleMs = 0;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  /** Inputs wait for a flush that is asked for later. */
  #cancelFlush: (() => void) | undefined;
  /** A state of which pieces are missing. */
  #pieces: RelayState[] = [];

  constructor(host: NodeId, options: RelayOptions, wantsFlush: () => void) {
    this.#host = host;
    this.#options = options;
    this.#wantsFlush = wantsFlush;
    this.#channel = new RelayChannel({
      self: options.self,
      id: options.newChannelId(),
      isHost: false,
      send: (packet) => options.send(host, packet),
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
    return this.#links.size;
  }

  nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** Asks the host to let the bearer of a seat token in. Rejects with WarrenError. */
  admit(seatToken: string): Promise<Admission> {
    if (!this.#channel.isConnected)
      return Promise.reject(new WarrenError("UNAVAILABLE", "The node that runs the room cannot be asked."));
    if (this.#asking.size >= RELAY_ADMITS_MAX)
      return Promise.reject(
        new WarrenError("UNAVAILABLE", `${RELAY_ADMITS_MAX} others wait for the node that runs the room.`),
      );
    const session = ++this.#lastSession;
    return new Promise((resolve, reject) => {
      const asked = this.#push({ $case: "attach", value: { session, seatToken } }, seatToken.length);
      const cancel = this.#options.clock.after(RELAY_ADMIT_MS_MAX, () => {
        this.#asking.delete(session);
        // It may be on its way. If it is not, it may not take the seat of a session that came later.
        asked.item = { body: undefined };
        this.#push({ $case: "detach", value: session });
        reject(new WarrenError("UNAVAILABLE", "The node that runs the room does not answer."));
      });
      this.#asking.set(session, {
        admit(admission) {
          cancel();
          resolve(admission);
        },
        refuse(error) {
          cancel();
          reject(error);
        },
      });
    });
  }

  // --- from the host ---

  receive(packet: RelayPacket): void {
    if (packet.version !== RELAY_VERSION)
      return this.break(`The node that runs the room speaks version ${packet.version} of the relay.`);
    if (packet.unknown) return this.break("The node that runs the room has given up the connection.");
    const { isNew, isGap } = this.#channel.head(packet);
    if (isGap) {
      this.#pieces = [];
      for (const link of this.#links.values()) link.gap();
    }
    const ends: RelayBody[] = [];
    this.#channel.items(packet, (body) => {
      // Not before the states of the packet.
      if (body.$case === "end") ends.push(body);
      else this.#item(body);
    });
    if (isNew && packet.states.length > 0) this.#states(packet.states);
    for (const end of ends) this.#item(end);
  }

  #item(body: RelayBody): void {
    switch (body.$case) {
      case "attached":
        return this.#attached(body.value);
      case "refused": {
        const { session, errorCode, message } = body.value;
        this.#asking.get(session)?.refuse(new WarrenError(codeOf(errorCode), message));
        this.#asking.delete(session);
        return;
      }
      case "event": {
        const { readers, tick, eventId, payload } = body.value;
        for (const reader of readers)
          for (const link of this.#audiences.get(reader) ?? []) link.event(tick, eventId, payload);
        return;
      }
      case "reply": {
        const { session, actionSeq, errorCode, payload } = body.value;
        this.#links.get(session)?.reply(actionSeq, errorCode === "" ? undefined : codeOf(errorCode), payload);
        return;
      }
      case "end": {
        const { session, errorCode, message } = body.value;
        const link = this.#links.get(session);
        if (!link) return;
        this.#forget(link);
        link.end(codeOf(errorCode), message);
        return;
      }
    }
  }

  #attached(attached: RelayAttached): void {
    const { session, reader, actionSeq, wireFingerprint, spectator } = attached;
    if (attached.wireSchema !== "") this.#schemas.set(wireFingerprint, attached.wireSchema);
    const asking = this.#asking.get(session);
    if (!asking) return; // too late, and the host was told
    this.#asking.delete(session);
    const info: RoomInfo = {
      roomId: parseRoomId(attached.roomId),
      roomName: attached.roomName,
      epoch: parseEpoch(attached.epoch),
      tickHz: attached.tickHz,
      sendHz: attached.sendHz,
      resumeGraceMs: attached.resumeGraceMs,
      wireFingerprint,
      wireSchema: this.#schemas.get(wireFingerprint) ?? "",
      joinCode: attached.joinCode,
    };
    const link = new RelayLink({ way: this, info, session, reader, isSpectator: spectator, actionSeq });
    this.#links.set(session, link);
    const audience = this.#audiences.get(reader);
    if (audience) audience.add(link);
    else this.#audiences.set(reader, new Set([link]));
    asking.admit({ player: parsePlayerId(attached.playerId), link, spectator });
  }

  #states(states: readonly RelayState[]): void {
    const told = new Set<RelayLink>();
    for (const piece of states) {
      const state = this.#whole(piece);
      if (!state) continue;
      let relayed: RelayedState | undefined;
      for (const [i, reader] of state.readers.entries()) {
        for (const link of this.#audiences.get(reader) ?? []) {
          relayed ??= new RelayedState(link.info.epoch, state.tick, state.baseTick, state.payload);
          link.state(relayed, state.inputNumbers[i] ?? 0, state.inputsWaiting[i] ?? 0);
          told.add(link);
        }
      }
    }
    // Only now: a snapshot may have come behind a delta that did not fit.
    for (const link of told) link.look();
  }

  /** The state when all its pieces are there; packets come in order or not at all. */
  #whole(piece: RelayState): RelayState | undefined {
    if (piece.bytesBefore === 0 && piece.bytesLeft === 0) return piece;
    if (piece.bytesBefore === 0) this.#pieces = [];
    else if (this.#pieces.length === 0) return undefined;
    this.#pieces.push(piece);
    if (piece.bytesLeft > 0) return undefined;
    const payload = Buffer.concat(this.#pieces.map(({ payload }) => payload));
    this.#pieces = [];
    return { ...piece, payload };
  }

  // --- to the host ---

  detach(link: RelayLink): void {
    this.#push({ $case: "detach", value: link.session });
  }

  reattach(link: RelayLink): void {
    this.#push({ $case: "reattach", value: link.session });
  }

  leave(link: RelayLink): void {
    this.#forget(link);
    this.#push({ $case: "leave", value: link.session });
  }

  refresh(reader: number): void {
    this.#channel.refresh(reader);
  }

  input(session: number, inputNumber: number, seenAt: number, payload: Uint8Array): void {
    // Its bytes are the socket's, and used again.
    this.#channel.input({ session, inputNumber, seenAt, payload: Buffer.from(payload) });
    if (this.#cancelFlush) return;
    const waitMs = this.#flushedAtMs + RELAY_INPUT_GAP_MS - this.nowMs();
    if (waitMs <= 0) this.#wantsFlush();
    else this.#cancelFlush = this.#options.clock.after(waitMs, this.#wantsFlush);
  }

  action(link: RelayLink, actionSeq: number, actionId: number, bytes: Uint8Array): void {
    const payload = Buffer.from(bytes);
    this.#push(
      { $case: "action", value: { session: link.session, actionSeq, actionId, payload } },
      payload.length,
      link,
    );
  }

  onResynced(): void {
    this.#options.metrics?.onResynced?.();
  }

  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#flushedAtMs = this.nowMs();
    if (this.#channel.waitingBytes > RELAY_CHANNEL_BYTES_MAX)
      this.break(`More than ${RELAY_CHANNEL_BYTES_MAX} bytes wait for the node that runs the room.`);
    if (!this.isOver) this.#channel.flush();
  }

  /** Call it every `RELAY_LOOK_MS`. */
  look(): void {
    const isUsed = this.#links.size + this.#asking.size > 0;
    this.#channel.look(isUsed || !this.#channel.isDone);
    const silentMsMax = this.#options.hasLease(this.#host) ? RELAY_SILENT_MS_MAX : RELAY_LEASELESS_MS_MAX;
    if (this.#channel.silentMs >= silentMsMax)
      return this.break("The node that runs the room cannot be reached.");
    for (const link of this.#links.values()) link.look();
    this.#idleMs = isUsed || !this.#channel.isDone ? 0 : this.#idleMs + RELAY_LOOK_MS;
    if (this.#idleMs >= RELAY_IDLE_MS_MAX) this.isOver = true;
  }

  /** The node stops: the host is told once, and keeps the seats. */
  close(): void {
    for (const link of this.#links.values()) if (link.isOnline) this.detach(link);
    this.#channel.flush();
    this.isOver = true;
  }

  /** The channel is lost. Its sessions end, and their clients come back with fresh seats. */
  break(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const asking of this.#asking.values()) asking.refuse(new WarrenError("UNAVAILABLE", why));
    this.#asking.clear();
    for (const link of [...this.#links.values()]) link.end("UNAVAILABLE", why);
    this.#links.clear();
    this.#audiences.clear();
  }

  #push(body: RelayBody, payloadBytes = 0, ...payers: Payer[]): WaitingItem {
    const waiting = waitingItem(body, payloadBytes, payers);
    for (const payer of payers) payer.waitingBytes += waiting.bytes;
    this.#channel.push(waiting);
    return waiting;
  }

  #forget(link: RelayLink): void {
    this.#links.delete(link.session);
    const audience = this.#audiences.get(link.reader);
    audience?.delete(link);
    if (audience?.size === 0) this.#audiences.delete(link.reader);
  }
}

/** A code that only a later version has is read as INTERNAL. */
function codeOf(text: string): ErrorCode {
  return isErrorCode(text) ? text : "INTERNAL";
}
