import type { StateFrames } from "@warren/protocol/session";
import type { ShownState, StatePublication } from "../room/room-link.ts";
import type { Payer } from "./relay-channel.ts";
import type { RelayMember } from "./relay-member.ts";

/** What a reader needs of the channel it is on. */
export interface RelayReaderWay {
  /** Whether a state sent now may arrive. */
  readonly isConnected: boolean;
  state(reader: number, tick: number, frames: StateFrames, inputNumber: number, inputsWaiting: number): void;
}

/**
 * Who reads a room's state and events for another node: one player's session, or all spectators of the room there at
 * once. Remembers what was sent last; whether it arrived the other side knows, and asks for a snapshot when it did not.
 */
export class RelayReader implements Payer {
  readonly id: number;
  /** It is all spectators of the room on the other node. */
  readonly isShared: boolean;
  readonly members = new Set<RelayMember>();
  waitingBytes = 0;
  readonly #way: RelayReaderWay;
  #lead: RelayMember | undefined;
  #shown: ShownState | undefined;
  #wantsSnapshot = true;
  /** A state was not sent because there was no connection. */
  #hasSkipped = false;

  constructor(id: number, isShared: boolean, way: RelayReaderWay) {
    this.id = id;
    this.isShared = isShared;
    this.#way = way;
  }

  /** The member whose calls stand for all of them: they are told the same. */
  get lead(): RelayMember | undefined {
    if (this.#lead?.isOnline) return this.#lead;
    for (const member of this.members) {
      if (!this.#lead || this.#lead.isGone || member.isOnline) this.#lead = member;
      if (member.isOnline) break;
    }
    return this.#lead;
  }

  /** 0: it is told as soon as there is anything to tell. */
  get stateTick(): number {
    return this.#wantsSnapshot ? 0 : (this.#shown?.tick ?? 0);
  }

  /** For all of its members; every one is called. */
  publish(state: StatePublication, inputNumber: number, inputsWaiting: number): void {
    const shown = this.#shown;
    if (shown?.tick === state.tick) return;
    if (!this.#way.isConnected) {
      // It stays at what it was sent, and goes on from there.
      this.#hasSkipped = true;
      return;
    }
    const wanted = this.#wantsSnapshot;
    if (shown && !wanted && !state.isNews(shown)) return;
    // With a newcomer among them, the others go on from what they have.
    const delta = shown && (!wanted || this.isShared) ? state.since(shown) : undefined;
    const snapshot = wanted ? state.since(undefined) : undefined;
    if (delta) this.#way.state(this.id, state.tick, delta, inputNumber, inputsWaiting);
    if (snapshot && snapshot !== delta)
      this.#way.state(this.id, state.tick, snapshot, inputNumber, inputsWaiting);
    this.#shown = { tick: state.tick, view: state.view };
    this.#wantsSnapshot = this.#hasSkipped = false;
  }

  /** Somebody of it needs a snapshot. */
  refresh(): void {
    this.#wantsSnapshot = true;
    this.askRoom();
  }

  /** There is a connection again. */
  reconnected(): void {
    if (this.#hasSkipped) this.askRoom();
  }

  askRoom(): void {
    const { lead } = this;
    lead?.link.refresh(lead.player);
  }
}
