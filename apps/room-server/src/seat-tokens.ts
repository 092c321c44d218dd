import { randomBytes } from "node:crypto";
import type { Clock, PlayerId, RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { openSeatToken, type SeatPurpose } from "@warren/protocol/services";

/** The node's secret, and which tokens were used already. The secret lives as long as the process. */
export class SeatTokens {
  readonly secret: Uint8Array = randomBytes(32);
  readonly #clock: Clock;
  /** Nonce → when the token would expire anyway, wall ms; in order of use. */
  readonly #used = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws SEAT_TOKEN_INVALID, SEAT_TOKEN_EXPIRED or SEAT_TOKEN_USED. */
  open(token: string): { purpose: SeatPurpose; room: RoomId; player: PlayerId } {
    const nowMs = this.#clock.wallMs();
    const { purpose, room, player, expiresAtMs, nonce } = openSeatToken(this.secret, token, nowMs);
    for (const [old, expiredAtMs] of this.#used) {
      if (expiredAtMs >= nowMs) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce)) throw new WarrenError("SEAT_TOKEN_USED");
    this.#used.set(nonce, expiresAtMs);
    return { purpose, room, player };
  }
}
