import { type ConfigOf, commonOptions, flag, grpcOptions, int, list, port, text } from "@warren/service";

const NETWORKS = "addresses or networks, separated by commas";

/** Settings of a matchmaker. */
export const matchmakerOptions = {
  ...commonOptions,
  httpHost: text("", { text: "Address for REST; empty: all" }, "an IP address"),
  httpPort: port(8080, { text: "Port for REST; 0 picks one" }),
  httpTlsCert: text(
    "",
    { text: "Certificate for REST, with its chain; with it the port speaks TLS, HTTP/2 and HTTP/1.1" },
    "a PEM file",
  ),
  httpTlsKey: text("", { text: "Private key of --http-tls-cert" }, "a PEM file"),
  ...grpcOptions,
  authSecret: text(
    "",
    { text: "Signs guests' tokens; the same on every matchmaker of a cluster", secret: true },
    "32 characters or more",
  ),
  noGuests: flag({ text: "Refuse POST /v1/guests: every player brings a studio's token" }),
  jwksUrl: text("", { text: "Keys of the studio's player tokens" }, "an https:// URL of a JWKS"),
  jwtIssuer: text("", { text: "Issuer the studio's tokens must name" }),
  jwtAudience: text("", { text: "Audience the studio's tokens must name" }),
  serverKeys: text(
    "",
    {
      text: "Keys of the studio's backends, separated by commas; a key is wk_ID_SECRET, the hash that of SECRET",
      secret: true,
    },
    "id:sha256-hex:scope+scope; scopes: tickets, read, messages",
  ),
  webhookUrl: text(
    "",
    { text: "The studio's backend is told of every result by POST; empty: it is not" },
    "an https:// URL, or http:// on loopback",
  ),
  webhookSecret: text(
    "",
    { text: "Signs what is sent to --webhook-url; the same on every matchmaker of a cluster", secret: true },
    "32 characters or more",
  ),
  trustedProxies: list([], { text: "Proxies whose X-Forwarded-For is believed" }, NETWORKS),
  unlimitedAddresses: list(
    [],
    { text: "Who is not limited by address: load generators, the studio's own backends" },
    NETWORKS,
  ),
  corsOrigins: list(["*"], { text: "Origins browsers may call from; *: any, without credentials" }),
  requestsPerMinuteMax: int(600, 1, 1_000_000, { text: "REST requests per minute and client address" }),
  guestsPerMinuteMax: int(60, 1, 1_000_000, { text: "Guests per minute and client address" }),
  streamsMax: int(20_000, 1, 1_000_000, { text: "Event streams open at one time" }),
} as const;

export type MatchmakerConfig = ConfigOf<typeof matchmakerOptions>;
