import { createHmac, timingSafeEqual } from "node:crypto";

// A JWT (RFC 7519) with HMAC-SHA-256 over our own secret, so one of a kind. Made and read here in some microseconds: a
// JWT library goes through Web Crypto, which for each token imports the key and asks a thread of the pool.

const ISSUER = "warren";
const HEADER = encoded({ alg: "HS256" });

/** A token that says who a guest is, until `expiresAtMs` since 1970. */
export function signGuestToken(secret: Uint8Array, subject: string, expiresAtMs: number): string {
  const signed = `${HEADER}.${encoded({ iss: ISSUER, sub: subject, exp: Math.floor(expiresAtMs / 1_000) })}`;
  return `${signed}.${mac(secret, signed).toString("base64url")}`;
}

/** Whom the token names; undefined: it is none of ours, or not good any more. `toleranceMs`: how far clocks may differ. */
export function readGuestToken(
  secret: Uint8Array,
  token: string,
  nowMs: number,
  toleranceMs: number,
): string | undefined {
  const [header = "", claims = "", signature = "", ...more] = token.split(".");
  if (more.length > 0) return undefined;
  const given = Buffer.from(signature, "base64url");
  const wanted = mac(secret, `${header}.${claims}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  // Whoever signed it knows the secret; what is signed may still be meant for something else.
  if (header !== HEADER && !isHs256(header)) return undefined;
  const { iss, sub, exp, nbf } = decoded(claims);
  if (iss !== ISSUER || typeof sub !== "string") return undefined;
  if (typeof exp !== "number" || exp * 1_000 + toleranceMs <= nowMs) return undefined;
  if (nbf !== undefined && (typeof nbf !== "number" || nbf * 1_000 - toleranceMs > nowMs)) return undefined;
  return sub;
}

/** As other libraries write it; what has to be understood is not. */
function isHs256(header: string): boolean {
  const { alg, crit } = decoded(header);
  return alg === "HS256" && crit === undefined;
}

function mac(secret: Uint8Array, text: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Nothing, when it is no JSON object. */
function decoded(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
