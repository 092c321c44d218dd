import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Directory } from "../directory.ts";
import type { LiveNodes } from "../live-nodes.ts";
import { FifoSet } from "./fifo-set.ts";
import { decodePresence, ENTRY_NODES_MAX, encodePresence, presenceKey } from "./presence-entry.ts";

/** Writes of one node under way at once. */
export const PRESENCE_WRITES_MAX = 32;
/** After a failed write all writes pause for so long. */
export const PRESENCE_RETRY_MS = 1_000;
/** How often those who left are looked at: an entry is taken away one to two of these after its player went. */
export const PRESENCE_LOOK_MS = 1_000;
/**
 * Every entry is written again in this time, spread over it. One that was written just behind the place that has been
 * reached waits for the next round, so no entry gets older than two of these: half of its time to live.
 */
export const PRESENCE_REWRITE_MS = 3_600_000;
/** All entries are written again at once no more often than this. */
const REPEAT_ALL_MS = 60_000;
/** Of one write, against other nodes that write the same entry. */
const CAS_TRIES = 5;
/** In place of a revision: the entry is to be read before it is written. */
const NOT_KNOWN = 0;

export interface PresenceOptions {
  readonly nodeId: NodeId;
  readonly directory: Directory;
  readonly nodes: LiveNodes;
  readonly clock: Clock;
  /** An entry was written or taken away. */
  onWritten?(): void;
  /** A write failed. It is tried again until it succeeds, or is not wanted any more. */
  onFailed?(error: unknown): void;
}

/**
 * Says in the directory which players have sessions on this node. Nobody waits for it: what is to be written queues, each
 * player once, and only what is wanted at its turn is written.
 */
export class Presence {
  readonly #options: PresenceOptions;
  /** The entry of a player who is nowhere else. */
  readonly #alone: Uint8Array;
  /** Who is in the directory, or about to be: the revision of an entry that names this node alone, else {@link NOT_KNOWN}. */
  readonly #revisions = new Map<PlayerId, number>();
  /** Who is about to be taken away; those who went since the last look, and since the one before. */
  readonly #leaving = new Set<PlayerId>();
  #wentNow: PlayerId[] = [];
  #wentBefore: PlayerId[] = [];
  readonly #queue = new FifoSet<PlayerId>();
  readonly #busy = new Set<PlayerId>();
  #isPaused = false;
  #cancelLook: () => void;
  #cancelPause = () => {};
  #isClosed = false;
  #walk: IterableIterator<PlayerId> | undefined;
  #round = { leftMs: 0, players: 0, owed: 0 };
  #lookedAtMs: number;
  #repeatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#alone = encodePresence([options.nodeId]);
    this.#lookedAtMs = options.clock.monotonicMs();
    this.#cancelLook = this.#lookLater();
  }

  /** Players who are said to be here, or were a moment ago. */
  get playerCount(): number {
    return this.#revisions.size;
  }

  /** Writes that wait. */
  get waiting(): number {
    return this.#queue.size + this.#busy.size;
  }

  /** The player has a first session here. */
  announce(player: PlayerId): void {
    // Who comes back at once was never away.
    if (this.#leaving.delete(player) || this.#revisions.has(player)) return;
    this.#revisions.set(player, NOT_KNOWN);
    this.#enqueue(player);
  }

  /** The player has no session here any more. */
  withdraw(player: PlayerId): void {
    if (!this.#revisions.has(player) || this.#leaving.has(player)) return;
    this.#leaving.add(player);
    this.#wentNow.push(player);
  }

  /** Nothing more is written. Entries are left as they are: without the node's lease they mean nothing. */
  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#cancelPause();
  }

  #lookLater(): () => void {
    return this.#options.clock.after(PRESENCE_LOOK_MS, () => {
      this.#cancelLook = this.#lookLater();
      const nowMs = this.#options.clock.monotonicMs();
      for (const player of this.#wentBefore) if (this.#leaving.has(player)) this.#queue.add(player);
      this.#wentBefore = this.#wentNow;
      this.#wentNow = [];
      this.#rewriteSome(nowMs - this.#lookedAtMs);
      this.#lookedAtMs = nowMs;
      this.#pump();
    });
  }

  /** A round visits as many players as there were at its beginning, wherever the one before ended. */
  #rewriteSome(elapsedMs: number): void {
    if (this.#round.leftMs <= 0)
      this.#round = { leftMs: PRESENCE_REWRITE_MS, players: this.#revisions.size, owed: 0 };
    this.#round.leftMs -= elapsedMs;
    this.#round.owed += (this.#round.players * elapsedMs) / PRESENCE_REWRITE_MS;
    for (; this.#round.owed >= 1; this.#round.owed--) {
      const player = this.#nextPlayer();
      if (player === undefined) return;
      this.#queue.add(player);
    }
  }

  #nextPlayer(): PlayerId | undefined {
    this.#walk ??= this.#revisions.keys();
    const next = this.#walk.next();
    if (!next.done) return next.value;
    this.#walk = this.#revisions.keys();
    return this.#walk.next().value;
  }

  #enqueue(player: PlayerId): void {
    this.#queue.add(player);
    this.#pump();
  }

  #pump(): void {
    while (!this.#isPaused && !this.#isClosed && this.#busy.size < PRESENCE_WRITES_MAX) {
      const player = this.#queue.take();
      if (player === undefined) return;
      // Looked at again when the write that is under way is done.
      if (this.#busy.has(player) || !this.#revisions.has(player)) continue;
      this.#busy.add(player);
      void this.#bring(player);
    }
  }

  async #bring(player: PlayerId): Promise<void> {
    const isWanted = !this.#leaving.has(player);
    try {
      const revision = await this.#write(player, isWanted);
      this.#options.onWritten?.();
      if (isWanted || !this.#leaving.has(player)) this.#revisions.set(player, revision);
      else {
        this.#leaving.delete(player);
        this.#revisions.delete(player);
      }
      this.#busy.delete(player);
      if (this.#revisions.has(player) && isWanted === this.#leaving.has(player)) this.#queue.add(player);
    } catch (error) {
      this.#busy.delete(player);
      this.#queue.add(player);
      this.#options.onFailed?.(error);
      this.#pause();
    }
    this.#pump();
  }

  #pause(): void {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#cancelPause = this.#options.clock.after(PRESENCE_RETRY_MS, () => {
      this.#isPaused = false;
      this.#pump();
    });
  }

  /** Answers the revision of an entry that names this node alone, else {@link NOT_KNOWN}. */
  async #write(player: PlayerId, isWanted: boolean): Promise<number> {
    const { directory, nodeId, nodes } = this.#options;
    const key = presenceKey(player);
    const known = this.#revisions.get(player) ?? NOT_KNOWN;
    // Mostly a player is on one node, and one request is enough.
    if (isWanted) {
      const written = await directory.claim("presence", key, this.#alone, known || undefined);
      if (written !== undefined) return written;
    } else if (known !== NOT_KNOWN && (await directory.remove("presence", key, known))) return NOT_KNOWN;

    for (let tries = 0; tries < CAS_TRIES; tries++) {
      const entry = await directory.get("presence", key);
      const named = entry ? decodePresence(entry.value) : [];
      const isNamed = named.includes(nodeId);
      if (isWanted && known !== NOT_KNOWN && !isNamed) this.#repeatAll();
      if (!isWanted && !isNamed) return NOT_KNOWN;
      const others = named.filter((node) => node !== nodeId && nodes.has(node)).slice(1 - ENTRY_NODES_MAX);
      const next = isWanted ? [...others, nodeId] : others;
      if (next.length === 0) {
        if (entry && (await directory.remove("presence", key, entry.revision))) return NOT_KNOWN;
        continue;
      }
      const written = await directory.claim("presence", key, encodePresence(next), entry?.revision);
      if (written !== undefined) return others.length === 0 ? written : NOT_KNOWN;
    }
    throw new Error(`others wrote the presence of a player ${CAS_TRIES} times in between`);
  }

  /**
   * An entry of ours lost us: the directory lost its data, or another node took us for dead while nothing could be heard
   * of us. Then it has happened to other entries too.
   */
  #repeatAll(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#repeatedAtMs < REPEAT_ALL_MS) return;
    this.#repeatedAtMs = nowMs;
    for (const player of this.#revisions.keys()) this.#queue.add(player);
  }
}
