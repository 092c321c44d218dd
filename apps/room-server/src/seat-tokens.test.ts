import { parsePlayerId, parseRoomId } from "@warren/kernel";
import { mintSeatToken } from "@warren/protocol/services";
import { SEAT_TOKEN_TTL_MS } from "@warren/protocol/session";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { SeatTokens } from "./seat-tokens.ts";

it.each([
  ["by the same clock", 0],
  ["by a clock that is a minute fast", 60_000],
  ["by a clock that is slow", -20_000],
])("[H3] a token made %s lets in once, for as long as it is good", (_whose, aheadMs) => {
  const clock = new VirtualClock();
  const tokens = new SeatTokens(clock);
  const mint = () =>
    mintSeatToken(tokens.secret, parseRoomId("r_one"), parsePlayerId("ann"), clock.wallMs() + aheadMs);
  const known: { token: string; untilMs: number }[] = [];
  for (let i = 0; i < 60; i++) {
    const token = mint();
    expect(tokens.open(token)).toEqual({ purpose: "play", room: "r_one", player: "ann" });
    known.push({ token, untilMs: clock.wallMs() + aheadMs + SEAT_TOKEN_TTL_MS });
    clock.advance(1_777);
    for (const { token: old, untilMs } of known)
      expect(() => tokens.open(old)).toThrow(
        expect.objectContaining({
          code: clock.wallMs() > untilMs ? "SEAT_TOKEN_EXPIRED" : "SEAT_TOKEN_USED",
        }),
      );
  }
});
