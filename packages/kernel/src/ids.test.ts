import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  InputError,
  parseEpoch,
  parseMatchId,
  parseName,
  parseNodeId,
  parsePlayerId,
  parseReplicaId,
  parseRoomId,
  parseSessionId,
  parseTicketId,
  randomId,
} from "./index.ts";

const PARSERS = {
  player: parsePlayerId,
  room: parseRoomId,
  node: parseNodeId,
  replica: parseReplicaId,
  ticket: parseTicketId,
  match: parseMatchId,
  session: parseSessionId,
  name: parseName,
};

const GOOD: [kind: keyof typeof PARSERS, text: string][] = [
  ["player", "auth0:Ann.B_c-1@example"],
  ["player", "x".repeat(64)],
  ["room", "r_m_default-1-2"],
  ["node", "n_0a9z"],
  ["replica", "mm_0a9z"],
  ["ticket", `t_eu-west_${"a1".repeat(13)}`],
  ["match", "m_default_12_3"],
  ["session", "s_0a9z"],
  ["name", "free-for-all2"],
];
const BAD: [kind: keyof typeof PARSERS, text: unknown][] = [
  ["player", ""],
  ["player", "x".repeat(65)],
  ["player", "a b"],
  ["player", "a\n"],
  ["player", "a*"],
  ["player", 5],
  ["room", "m_default"],
  ["room", "r_"],
  ["room", "r_a.b"],
  ["node", "n_A"],
  ["replica", "n_a"],
  ["ticket", `t_a_${"a".repeat(25)}`],
  ["match", "m_default_x_3"],
  ["session", undefined],
  ["name", "1st"],
  ["name", "a".repeat(33)],
];

describe("ids", () => {
  it.each(GOOD)("accepts as a %s: %s", (kind, text) => {
    expect(PARSERS[kind](text)).toBe(text);
  });

  it.each(BAD)("refuses as a %s: %j", (kind, text) => {
    expect(() => PARSERS[kind](text)).toThrow(InputError);
  });

  it("a refusal names the field, the value and what is accepted", () => {
    expect(() => parsePlayerId("a b", "seats[1].player")).toThrow(
      'seats[1].player is "a b"; accepted: 1 to 64 characters of A-Z a-z 0-9 _ . @ : -',
    );
  });

  it("anything is accepted or refused by an InputError, and nothing accepted could be more than one subject token or key", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(PARSERS)), fc.anything(), (parse, value) => {
        try {
          expect(parse(value)).toMatch(/^[A-Za-z0-9_.@:-]{1,90}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });

  it("epochs are whole numbers from 1", () => {
    expect(parseEpoch(1)).toBe(1);
    for (const value of [0, -1, 1.5, Number.NaN, 2 ** 53])
      expect(() => parseEpoch(value)).toThrow(InputError);
  });

  it("random ids are accepted by their parsers and differ", () => {
    expect(parseRoomId(randomId("r"))).not.toBe(randomId("r"));
    parseNodeId(randomId("n"));
    parseReplicaId(randomId("mm"));
    parseSessionId(randomId("s"));
  });
});
