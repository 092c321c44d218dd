/** What a caller may do after an error. */
export type Retry =
  /** The same request cannot succeed. */
  | "never"
  /** Repeat it, after a pause. */
  | "later"
  /** Open a new socket and RESUME. */
  | "resume"
  /** Ask REST for a fresh seat first. */
  | "reseat";

interface ErrorRow {
  /** gRPC status code. */
  readonly grpc: number;
  /** HTTP status. */
  readonly http: number;
  /** WebSocket close code: 4000–4499 reconnect and resume, 4500–4999 final. Numbers are never used twice. */
  readonly close: number;
  readonly retry: Retry;
  /** What it means, in one sentence, for the one who gets it. */
  readonly text: string;
}

/** Every error that leaves a process, by its stable code. docs/errors.md is made from this table. */
export const ERRORS = {
  NODE_STOPPING: {
    grpc: 14,
    http: 503,
    close: 4000,
    retry: "resume",
    text: "The server is stopping; reconnect.",
  },
  UNAVAILABLE: {
    grpc: 14,
    http: 503,
    close: 4001,
    retry: "later",
    text: "A part of the service cannot be reached right now.",
  },
  SLOW_CONSUMER: {
    grpc: 8,
    http: 503,
    close: 4002,
    retry: "resume",
    text: "The client reads too slowly: its event queue overflowed, or it took nothing for 25 seconds.",
  },
  RATE_LIMITED: {
    grpc: 8,
    http: 429,
    close: 4003,
    retry: "later",
    text: "Too many requests in a short time.",
  },
  HELLO_TIMEOUT: {
    grpc: 4,
    http: 408,
    close: 4004,
    retry: "reseat",
    text: "The first frame did not come within 5 seconds.",
  },
  ROOM_MOVED: {
    grpc: 9,
    http: 409,
    close: 4006,
    retry: "reseat",
    text: "The room is on another server; ask for a fresh seat.",
  },
  INTERNAL: { grpc: 13, http: 500, close: 4005, retry: "later", text: "Something failed on our side." },

  INVALID_ARGUMENT: {
    grpc: 3,
    http: 400,
    close: 4500,
    retry: "never",
    text: "A field is missing or outside its accepted range.",
  },
  MALFORMED_JSON: {
    grpc: 3,
    http: 400,
    close: 4501,
    retry: "never",
    text: "The request body is not valid JSON.",
  },
  BODY_TOO_LARGE: {
    grpc: 3,
    http: 413,
    close: 4502,
    retry: "never",
    text: "The request body is larger than accepted.",
  },
  ROUTE_NOT_FOUND: {
    grpc: 12,
    http: 404,
    close: 4503,
    retry: "never",
    text: "There is nothing at this path.",
  },
  METHOD_NOT_ALLOWED: {
    grpc: 12,
    http: 405,
    close: 4504,
    retry: "never",
    text: "The path exists, but not for this method.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    grpc: 3,
    http: 415,
    close: 4505,
    retry: "never",
    text: "The request body has a content type that is not accepted.",
  },
  UNAUTHENTICATED: {
    grpc: 16,
    http: 401,
    close: 4506,
    retry: "never",
    text: "The player token or server key is missing, forged or expired.",
  },
  FORBIDDEN: { grpc: 7, http: 403, close: 4507, retry: "never", text: "The credentials do not allow this." },

  QUEUE_UNKNOWN: {
    grpc: 5,
    http: 422,
    close: 4510,
    retry: "never",
    text: "The game has no queue of this name.",
  },
  TICKET_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4511,
    retry: "never",
    text: "There is no such ticket of this player.",
  },
  TICKET_EXISTS: {
    grpc: 6,
    http: 409,
    close: 4512,
    retry: "never",
    text: "The player has an open ticket already.",
  },
  TICKET_FINAL: {
    grpc: 9,
    http: 409,
    close: 4513,
    retry: "never",
    text: "The ticket is matched or ended and cannot be cancelled any more.",
  },
  COOLDOWN: {
    grpc: 9,
    http: 429,
    close: 4514,
    retry: "later",
    text: "The player declined or missed a match and may not queue yet.",
  },
  MATCH_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4515,
    retry: "never",
    text: "The player is in no match of this id that waits to be accepted.",
  },
  PARTY_TOO_LARGE: {
    grpc: 3,
    http: 422,
    close: 4516,
    retry: "never",
    text: "The party has more players than the queue takes.",
  },
  ATTRIBUTE_UNTRUSTED: {
    grpc: 7,
    http: 403,
    close: 4517,
    retry: "never",
    text: "The attribute is only accepted from a server key or a signed claim.",
  },
  LOBBY_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4518,
    retry: "never",
    text: "There is no such lobby, or the player is not in it.",
  },
  LOBBY_FULL: { grpc: 8, http: 409, close: 4519, retry: "never", text: "The lobby has no free place." },
  LOBBY_CHANGED: {
    grpc: 10,
    http: 409,
    close: 4553,
    retry: "later",
    text: "The lobby's members changed, or not all of them are ready.",
  },

  ROOM_UNKNOWN: {
    grpc: 5,
    http: 422,
    close: 4520,
    retry: "never",
    text: "The game has no room definition of this name.",
  },
  ROOM_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4521,
    retry: "never",
    text: "The room does not exist or has ended.",
  },
  ROOM_FULL: { grpc: 8, http: 409, close: 4522, retry: "never", text: "All seats of the room are taken." },
  ROOM_ENDED: { grpc: 9, http: 410, close: 4523, retry: "never", text: "The room has ended." },
  ROOM_FAILED: {
    grpc: 13,
    http: 500,
    close: 4524,
    retry: "never",
    text: "The room's own code failed and the room was closed.",
  },
  BACKFILL_STALE: {
    grpc: 10,
    http: 409,
    close: 4527,
    retry: "later",
    text: "The room does not ask for these players any more.",
  },
  JOIN_CODE_TAKEN: {
    grpc: 6,
    http: 409,
    close: 4526,
    retry: "later",
    text: "Another open room has this join code; try another code.",
  },
  NO_CAPACITY: {
    grpc: 8,
    http: 503,
    close: 4525,
    retry: "later",
    text: "No room-server has space for another room.",
  },

  ROOM_NOT_WATCHABLE: {
    grpc: 7,
    http: 403,
    close: 4528,
    retry: "never",
    text: "The room takes no spectators, or has as many as it takes.",
  },
  SPECTATOR_ONLY: {
    grpc: 7,
    http: 403,
    close: 4529,
    retry: "never",
    text: "A spectator may watch and nothing else.",
  },

  SEAT_TOKEN_INVALID: {
    grpc: 16,
    http: 401,
    close: 4530,
    retry: "reseat",
    text: "The seat token is forged, damaged or for another room-server.",
  },
  SEAT_TOKEN_EXPIRED: {
    grpc: 16,
    http: 401,
    close: 4531,
    retry: "reseat",
    text: "The seat token is older than 30 seconds.",
  },
  SEAT_TOKEN_USED: {
    grpc: 16,
    http: 401,
    close: 4532,
    retry: "reseat",
    text: "The seat token was used before; each works once.",
  },
  SEAT_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4533,
    retry: "never",
    text: "The player has no seat in this room.",
  },
  SESSION_NOT_FOUND: {
    grpc: 5,
    http: 404,
    close: 4534,
    retry: "reseat",
    text: "There is no such session to resume.",
  },
  SESSION_SUPERSEDED: {
    grpc: 10,
    http: 409,
    close: 4535,
    retry: "never",
    text: "A newer connection of the player took over.",
  },
  KICKED: { grpc: 7, http: 403, close: 4536, retry: "never", text: "The room removed the player." },

  PLAYER_OFFLINE: {
    grpc: 5,
    http: 404,
    close: 4537,
    retry: "never",
    text: "The player has no open connection to any room.",
  },

  PROTOCOL_VERSION_UNSUPPORTED: {
    grpc: 9,
    http: 426,
    close: 4540,
    retry: "never",
    text: "Client and server speak different protocol versions; update the client.",
  },
  WIRE_INCOMPATIBLE: {
    grpc: 9,
    http: 426,
    close: 4541,
    retry: "never",
    text: "The room lacks what the client was built for, or has it with another type; reload the page.",
  },
  PROTOCOL_VIOLATION: {
    grpc: 3,
    http: 400,
    close: 4542,
    retry: "never",
    text: "The client sent something the protocol does not allow.",
  },
  FRAME_TOO_LARGE: {
    grpc: 3,
    http: 413,
    close: 4543,
    retry: "never",
    text: "A WebSocket message is larger than accepted.",
  },

  ACTION_UNKNOWN: {
    grpc: 12,
    http: 404,
    close: 4550,
    retry: "never",
    text: "The room has no action of this number.",
  },
  ACTION_REFUSED: { grpc: 9, http: 409, close: 4551, retry: "never", text: "The room refused the action." },
  ACTION_LOST: {
    grpc: 14,
    http: 503,
    close: 4552,
    retry: "never",
    text: "The result of the action is too old to be repeated; it was executed.",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

const byClose = new Map<number, ErrorCode>(
  Object.entries(ERRORS).map(([code, row]) => [row.close, code as ErrorCode]),
);

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** The code behind a WebSocket close number; undefined for 1000, 1001, 1006 and other numbers not of ours. */
export function errorCodeOfClose(close: number): ErrorCode | undefined {
  return byClose.get(close);
}

/** Whether a client should open a new socket and RESUME after this close: all but ours from 4500 on and 1000. */
export function closeIsResumable(close: number): boolean {
  return close !== 1000 && !(close >= 4500 && close <= 4999);
}
