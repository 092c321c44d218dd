import { randomBytes } from "node:crypto";
import type { Clock, PlayerId, RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { openSeatToken, type SeatPurpose } from "@warren/protocol/services";

/** The node's secret, and which tokens were used already. The secret lives as long as the process. */
export class SeatTokens {
  readonly secret: Uint8Array = randomBytes(32);
  readonly #clock: Clock;
  /** Nonces that were used since some time, and those of before. */
  #used = new Set<string>();
  #usedBefore = new Set<string>();
  /** When the last of either expires, wall ms: as the tokens say, because whoever made them has another clock. */
  #usedUntilMs = 0;
  #usedBeforeUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws SEAT_TOKEN_INVALID, SEAT_TOKEN_EXPIRED or SEAT_TOKEN_USED. */
  open(token: string): { purpose: SeatPurpose; room: RoomId; player: PlayerId } {
    const nowMs = this.#clock.wallMs();
    const { purpose, room, player, expiresAtMs, nonce } = openSeatToken(this.secret, token, nowMs);
    if (nowMs > this.#usedBeforeUntilMs) {
      this.#usedBefore = this.#used;
      this.#usedBeforeUntilMs = this.#usedUntilMs;
      this.#used = new Set();
      this.#usedUntilMs = 0;
    }
    if (this.#used.has(nonce) || this.#usedBefore.has(nonce)) throw new WarrenError("SEAT_TOKEN_USED");
    this.#used.add(nonce);
    this.#usedUntilMs = Math.max(this.#usedUntilMs, expiresAtMs);
    return { purpose, room, player };
  }
}
