/**
 * Version of the WebSocket session protocol (`warren.v1`). Bump it with every change of proto/warren/session or of
 * the hot frames; the wire-hash test fails otherwise.
 *
 * 1: first version.
 * 2: INPUT says what moment the player saw, STATE how many inputs wait; every tick consumes one number; PING and PONG.
 * 3: WELCOME tells a spectator; MESSAGE.
 */
export const PROTOCOL_VERSION = 3;

/** Name offered and chosen in the WebSocket handshake. */
export const SUBPROTOCOL = "warren.v1";

/**
 * Version of the gRPC contract between replicas and nodes.
 *
 * 1: first version.
 * 2: teams and roles of seats, requests for players with a generation, results, the public listing.
 * 3: load says seats, cpu, lag and memory; rooms that may be watched.
 */
export const SERVICES_VERSION = 3;

/**
 * Version of the meaning of matchmaking records.
 *
 * 1: first version.
 * 2: parties, attributes of all types, teams, acceptance, queues in the log, results, lobbies; batches.
 */
export const RECORD_VERSION = 2;

/**
 * Version of what nodes say to each other to relay sessions.
 *
 * 1: first version.
 */
export const RELAY_VERSION = 1;
