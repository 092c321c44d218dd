import { parsePlayerId, parseRoomId } from "@warren/kernel";
import { mintSeatToken } from "@warren/protocol/services";
import { SEAT_TOKEN_TTL_MS } from "@warren/protocol/session";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { SeatTokens } from "./seat-tokens.ts";

it("[H3] a token lets in once, for as long as it is good", () => {
  const clock = new VirtualClock();
  const tokens = new SeatTokens(clock);
  const mint = () => mintSeatToken(tokens.secret, parseRoomId("r_one"), parsePlayerId("ann"), clock.wallMs());
  const known: { token: string; untilMs: number }[] = [];
  for (let i = 0; i < 60; i++) {
    const token = mint();
    expect(tokens.open(token)).toEqual({ purpose: "play", room: "r_one", player: "ann" });
    known.push({ token, untilMs: clock.wallMs() + SEAT_TOKEN_TTL_MS });
    clock.advance(1_777);
    for (const { token: old, untilMs } of known)
      expect(() => tokens.open(old)).toThrow(
        expect.objectContaining({
          code: clock.wallMs() > untilMs ? "SEAT_TOKEN_EXPIRED" : "SEAT_TOKEN_USED",
        }),
      );
  }
});
