import { createHash, timingSafeEqual } from "node:crypto";
import { InputError, type PlayerId, parsePlayerId, randomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { MatchmakerConfig } from "./config.ts";
import { readGuestToken, signGuestToken } from "./guest-token.ts";

/** Who makes a request: a player, or a studio's backend for any player. */
export type Caller =
  | {
      readonly kind: "player";
      readonly playerId: PlayerId;
      /** What the studio's token says to match the player by: its claim `attributes`. */
      readonly claims: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "server"; readonly keyId: string; readonly scopes: ReadonlySet<string> };

const GUEST_PREFIX = "guest-";
const GUEST_TOKEN_MS = 30 * 86_400_000;
const SERVER_KEY_PREFIX = "wk_";
const TOKEN_CHARS_MAX = 4_096;
/** Clocks of whoever made a token and ours may differ by so much. */
const CLOCK_TOLERANCE_S = 30;

interface ServerKey {
  readonly id: string;
  readonly hash: Buffer;
  readonly scopes: ReadonlySet<string>;
}

/** Tells who sends a request by its `Authorization: Bearer` token: a guest's, a studio's player's, or a server key. */
export class Auth {
  readonly #config: MatchmakerConfig;
  readonly #secret: Uint8Array;
  readonly #serverKeys: ReadonlyMap<string, ServerKey>;
  readonly #jwks: ReturnType<typeof createRemoteJWKSet> | undefined;

  /** Throws InputError when the settings do not fit together. */
  constructor(config: MatchmakerConfig) {
    const { authSecret: secret } = config;
    if (secret.length < 32)
      throw new InputError(
        "WARREN_AUTH_SECRET",
        secret === "" ? undefined : `${secret.length} characters`,
        "32 or more, the same on every matchmaker",
      );
    this.#config = config;
    this.#secret = new TextEncoder().encode(secret);
    this.#serverKeys = parseServerKeys(config.serverKeys);
    if (config.jwksUrl !== "" && (config.jwtIssuer === "" || config.jwtAudience === "")) {
      throw new InputError(
        "WARREN_JWT_ISSUER and WARREN_JWT_AUDIENCE",
        "",
        "both, when WARREN_JWKS_URL is set",
      );
    }
    this.#jwks =
      config.jwksUrl === ""
        ? undefined
        : createRemoteJWKSet(new URL(config.jwksUrl), { timeoutDuration: 3_000 });
  }

  /** A new guest with a token for 30 days. */
  newGuest(): { playerId: PlayerId; token: string } {
    if (this.#config.noGuests)
      throw new WarrenError("FORBIDDEN", "This server has no guests; bring a player token.");
    const playerId = parsePlayerId(`${GUEST_PREFIX}${randomId("s").slice(2)}`);
    return { playerId, token: signGuestToken(this.#secret, playerId, Date.now() + GUEST_TOKEN_MS) };
  }

  /** Throws UNAUTHENTICATED when the header proves nobody. */
  async caller(authorization: string | undefined): Promise<Caller> {
    const token = authorization?.match(/^Bearer ([\x21-\x7e]+)$/i)?.[1];
    if (!token || token.length > TOKEN_CHARS_MAX) {
      throw new WarrenError(
        "UNAUTHENTICATED",
        "Authorization is missing; accepted: Bearer and a player token or server key",
      );
    }
    if (token.startsWith(SERVER_KEY_PREFIX)) return this.#server(token);
    return this.#player(token);
  }

  async #player(token: string): Promise<Caller> {
    const guest = readGuestToken(this.#secret, token, Date.now(), CLOCK_TOLERANCE_S * 1_000);
    try {
      if (guest !== undefined) return { kind: "player", playerId: parsePlayerId(guest, "sub"), claims: {} };
      if (!this.#jwks) throw new WarrenError("UNAUTHENTICATED");
      const { payload } = await jwtVerify(token, this.#jwks, {
        issuer: this.#config.jwtIssuer,
        audience: this.#config.jwtAudience,
        algorithms: ["RS256", "ES256", "EdDSA", "PS256"],
        // One without an end would be good for ever.
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      const playerId = parsePlayerId(payload.sub, "sub");
      if (playerId.startsWith(GUEST_PREFIX))
        throw new InputError("sub", playerId, `an id that does not begin with ${GUEST_PREFIX}`);
      return { kind: "player", playerId, claims: claimsOf(payload["attributes"]) };
    } catch (error) {
      if (isAboutKeys(error))
        throw new WarrenError("UNAVAILABLE", "The keys of player tokens cannot be had right now.", {
          cause: error,
        });
      throw new WarrenError("UNAUTHENTICATED", undefined, { cause: error });
    }
  }

  #server(token: string): Caller {
    // The secret may have further underscores; an id has none.
    const [id = "", ...secretParts] = token.slice(SERVER_KEY_PREFIX.length).split("_");
    const secret = secretParts.join("_");
    const key = this.#serverKeys.get(id);
    const given = createHash("sha256").update(secret).digest();
    if (!key || !timingSafeEqual(key.hash, given))
      throw new WarrenError("UNAUTHENTICATED", "The server key is not known.");
    return { kind: "server", keyId: id, scopes: key.scopes };
  }
}

function claimsOf(attributes: unknown): Readonly<Record<string, unknown>> {
  if (attributes === undefined) return {};
  if (typeof attributes === "object" && attributes !== null && !Array.isArray(attributes))
    return attributes as Record<string, unknown>;
  throw new InputError("token.attributes", attributes, "an object");
}

/** The studio's keys could not be fetched, which says nothing about the token. */
function isAboutKeys(error: unknown): boolean {
  if (error instanceof InputError || error instanceof WarrenError) return false;
  if (!(error instanceof errors.JOSEError)) return true;
  return error.code === errors.JWKSTimeout.code || error.code === errors.JOSEError.code;
}

/** `tickets`: post and cancel for any player. `read`: see any ticket and its events. `messages`: tell any player something. */
const SCOPES = ["tickets", "read", "messages"];

/** `id:sha256-hex:scope+scope,…`; the key itself is `wk_<id>_<secret>` and its hash that of the secret. */
function parseServerKeys(text: string): ReadonlyMap<string, ServerKey> {
  const keys = new Map<string, ServerKey>();
  for (const [i, part] of text.split(",").entries()) {
    if (part.trim() === "") continue;
    const [id = "", hash = "", scopes = ""] = part.trim().split(":");
    const list = scopes.split("+");
    if (
      !/^[a-z0-9-]{1,32}$/.test(id) ||
      !/^[0-9a-f]{64}$/.test(hash) ||
      !list.every((scope) => SCOPES.includes(scope))
    ) {
      throw new InputError(
        "WARREN_SERVER_KEYS",
        // Not the text of it: it may be a secret in the wrong place.
        `not valid at entry ${i + 1}`,
        `id:sha256-hex:scopes, scopes of ${SCOPES.join("+")}`,
      );
    }
    keys.set(id, { id, hash: Buffer.from(hash, "hex"), scopes: new Set(list) });
  }
  return keys;
}
