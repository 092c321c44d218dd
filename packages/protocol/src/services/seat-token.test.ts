import { parsePlayerId, parseRoomId } from "@warren/kernel";
import { expect, it } from "vitest";
import type { WarrenError } from "../index.ts";
import { mintSeatToken, openSeatToken, readSeatToken } from "./seat-token.ts";

const secret = new Uint8Array(32).fill(7);
const room = parseRoomId("r_one");
const player = parsePlayerId("ann");
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as WarrenError).code;
  }
  return "none";
};

it("[R6] a token proves room and player for 30 s", () => {
  const token = mintSeatToken(secret, room, player, 1_000);
  expect(openSeatToken(secret, token, 31_000)).toMatchObject({ room, player, expiresAtMs: 31_000 });
  expect(code(() => openSeatToken(secret, token, 31_001))).toBe("SEAT_TOKEN_EXPIRED");
});

it("[H3] any one character changed, or another secret, is SEAT_TOKEN_INVALID", () => {
  const token = mintSeatToken(secret, room, player, 1_000);
  for (let at = 0; at < token.length - 1; at++) {
    const other = token[at] === "A" ? "B" : "A";
    expect(
      code(() => openSeatToken(secret, token.slice(0, at) + other + token.slice(at + 1), 1_000)),
      `at ${at}`,
    ).toBe("SEAT_TOKEN_INVALID");
  }
  expect(code(() => openSeatToken(new Uint8Array(32), token, 1_000))).toBe("SEAT_TOKEN_INVALID");
  for (const text of ["", "x", "%%%", "a".repeat(10_000)])
    expect(code(() => openSeatToken(secret, text, 1_000))).toBe("SEAT_TOKEN_INVALID");
});

it("[R6] two tokens for one seat differ", () => {
  const nonce = () => openSeatToken(secret, mintSeatToken(secret, room, player, 1_000), 1_000).nonce;
  expect(nonce()).not.toBe(nonce());
});

it("[H3] a token that is not proven is short all the same: others are asked what it is worth", () => {
  const longest = mintSeatToken(
    secret,
    parseRoomId(`r_${"x".repeat(80)}`),
    parsePlayerId("p".repeat(64)),
    1_000,
  );
  expect(readSeatToken(longest)).toMatchObject({ purpose: "play" });
  const padded = Buffer.concat([Buffer.from(longest, "base64url"), Buffer.alloc(1_000)]).toString(
    "base64url",
  );
  expect(code(() => readSeatToken(padded))).toBe("SEAT_TOKEN_INVALID");
});
