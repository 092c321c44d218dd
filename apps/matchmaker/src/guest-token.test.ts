import { jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { readGuestToken, signGuestToken } from "./guest-token.ts";

const secret = new TextEncoder().encode("a secret of 32 characters or more");
const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1_000;
const read = (token: string) => readGuestToken(secret, token, NOW_MS, 30_000);

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly expS?: number;
  readonly nbfS?: number;
  readonly alg?: string;
  readonly with?: Uint8Array;
}
function foreign({ iss = "warren", sub = "guest-1", expS = 60, nbfS = 0, alg = "HS256", ...more }: Claims) {
  return new SignJWT({})
    .setProtectedHeader({ alg })
    .setIssuer(iss)
    .setSubject(sub)
    .setNotBefore(NOW_S + nbfS)
    .setExpirationTime(NOW_S + expS)
    .sign(more.with ?? secret);
}

describe("a guest's token", () => {
  const token = signGuestToken(secret, "guest-1", NOW_MS + 60_000);

  it("names the guest until it expires", () => {
    expect(read(token)).toBe("guest-1");
    expect(readGuestToken(secret, token, NOW_MS + 89_000, 30_000)).toBe("guest-1");
    expect(readGuestToken(secret, token, NOW_MS + 90_000, 30_000)).toBeUndefined();
  });

  it("is a JWT like any other", async () => {
    const { payload } = await jwtVerify(token, secret, { issuer: "warren", currentDate: new Date(NOW_MS) });
    expect(payload).toEqual({ iss: "warren", sub: "guest-1", exp: NOW_S + 60 });
    expect(read(await foreign({}))).toBe("guest-1");
  });

  it.each<[title: string, claims: Claims]>([
    ["another secret", { with: new Uint8Array(32) }],
    ["another issuer", { iss: "elsewhere" }],
    ["another algorithm, though its secret is ours", { alg: "HS512" }],
    ["one that expired", { expS: -31 }],
    ["one that is not good yet", { nbfS: 31 }],
  ])("%s proves nobody", async (_title, claims) => {
    expect(read(await foreign(claims))).toBeUndefined();
  });

  it("without a signature, without an end or damaged anywhere it proves nobody", async () => {
    expect(read(new UnsecuredJWT({}).setIssuer("warren").setSubject("guest-1").encode())).toBeUndefined();
    const endless = new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setIssuer("warren").setSubject("a");
    expect(read(await endless.sign(secret))).toBeUndefined();
    for (const odd of ["", ".", "..", "a.b", "a.b.c", `${token}.`, `.${token}`, `${token}x`])
      expect(read(odd)).toBeUndefined();
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      // The last letter has bits that no byte is made of.
      if (at < token.length - 1)
        expect(read(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
  });
});
