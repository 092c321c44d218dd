import { IDEMPOTENCY_KEY_CHARS_MAX } from "../tickets/tickets.ts";
import { problemResponse } from "./problem.ts";

// JSON Schemas of the REST contract. Validation and /openapi.json both come from here.

export const idempotencyHeaders = {
  type: "object",
  required: ["idempotency-key"],
  properties: {
    "idempotency-key": {
      type: "string",
      minLength: 1,
      maxLength: IDEMPOTENCY_KEY_CHARS_MAX,
      description: "Chosen by the client; repeating a request with the same key is safe",
    },
  },
} as const;

export const guestSchema = {
  type: "object",
  required: ["playerId", "token"],
  properties: {
    playerId: { type: "string" },
    token: { type: "string", description: "Bearer token for 30 days" },
  },
} as const;

const attributesProperty = {
  type: "object",
  maxProperties: 32,
  propertyNames: { maxLength: 32 },
  additionalProperties: {
    oneOf: [
      { type: "number" },
      { type: "string", maxLength: 64 },
      { type: "array", maxItems: 31, items: { type: "string", maxLength: 64 } },
    ],
  },
  description:
    "What to match by, as the queues declare it; trusted ones only with a server key or as the claim `attributes` of a player token",
} as const;

const latenciesProperty = {
  type: "object",
  maxProperties: 32,
  propertyNames: { minLength: 1, maxLength: 32 },
  additionalProperties: { type: "number" },
  description: "Round-trip ms by region of /v1/regions",
} as const;

/** What a player says of itself, in a ticket or a lobby. */
export const playerProperties = {
  attributes: attributesProperty,
  latencies: latenciesProperty,
  join: {
    type: "object",
    description: "What the player brings into the room; the members of a lobby see it",
  },
} as const;

/** Players one request may name; what a queue takes is less. */
const PARTY_PLAYERS_MAX = 100;

export const ticketBody = {
  type: "object",
  required: ["queues"],
  additionalProperties: false,
  properties: {
    queues: {
      type: "array",
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      items: { type: "string", maxLength: 32 },
    },
    ...playerProperties,
    replace: {
      type: "boolean",
      description: "Ends an open ticket of the same players instead of being refused",
    },
    lobby: {
      type: "string",
      maxLength: 64,
      description: "The lobby whose members are to be matched, by its leader",
    },
    playerId: { type: "string", maxLength: 64, description: "Only with a server key: who is to be matched" },
    players: {
      type: "array",
      minItems: 1,
      maxItems: PARTY_PLAYERS_MAX,
      description: "Only with a server key: a party, who speaks for it first",
      items: {
        type: "object",
        required: ["playerId"],
        additionalProperties: false,
        properties: { playerId: { type: "string", maxLength: 64 }, ...playerProperties },
      },
    },
  },
} as const;

const etaSchema = {
  type: ["object", "null"],
  required: ["p50Ms", "p90Ms"],
  description: "How long tickets like this one waited in all; null: too few to say",
  properties: { p50Ms: { type: "number" }, p90Ms: { type: "number" } },
} as const;

const windowSchema = {
  type: "object",
  description: "How far from the ticket another may be now",
  properties: { skill: { type: "number" }, latencyMs: { type: "number" } },
} as const;

export const ticketSchema = {
  type: "object",
  required: ["ticketId", "playerId", "players", "status", "queues", "ageMs", "searching", "eta"],
  properties: {
    ticketId: { type: "string" },
    playerId: { type: "string", description: "Who speaks for the party" },
    players: { type: "array", items: { type: "string" } },
    lobbyId: { type: "string" },
    status: { type: "string", enum: ["open", "proposed", "placing", "assigned", "cancelled", "expired"] },
    queues: { type: "array", items: { type: "string" } },
    ageMs: { type: "integer" },
    searching: {
      type: "array",
      description: "While it is open",
      items: {
        type: "object",
        properties: { queue: { type: "string" }, windowNow: windowSchema, eta: etaSchema },
      },
    },
    eta: etaSchema,
    matchId: { type: "string" },
    acceptByMs: { type: "integer", description: "While it is proposed: how long players may still accept" },
    accepted: { type: "array", items: { type: "string" }, description: "While it is proposed: who has" },
    queue: { type: "string", description: "Where it was matched" },
    roomId: { type: "string" },
    cause: { type: "string", description: "Why it ended without a match" },
  },
} as const;

export const explanationsSchema = {
  type: "object",
  required: ["ticketId", "status", "queues"],
  properties: {
    ticketId: { type: "string" },
    status: ticketSchema.properties.status,
    queues: {
      type: "array",
      items: {
        type: "object",
        required: ["queue", "waitedMs", "window", "lookedAt", "fitting", "refused", "reason"],
        properties: {
          queue: { type: "string" },
          waitedMs: { type: "number" },
          window: windowSchema,
          lookedAt: { type: "integer", description: "Other tickets that were judged" },
          fitting: { type: "integer", description: "Those of them that no rule keeps apart from it" },
          refused: {
            type: "object",
            description: "By rule, how many it keeps apart from it",
            additionalProperties: { type: "integer" },
          },
          nearest: {
            type: "array",
            description: "With a server key: the nearest in skill, and what keeps them apart",
            items: {
              type: "object",
              properties: {
                ticketId: { type: "string" },
                rules: { type: "array", items: { type: "string" } },
              },
            },
          },
          reason: { type: "string" },
        },
      },
    },
  },
} as const;

export const ticketsSchema = {
  type: "object",
  required: ["tickets"],
  properties: { tickets: { type: "array", items: ticketSchema } },
} as const;

export const voteBody = {
  type: ["object", "null"],
  additionalProperties: false,
  properties: {
    playerId: { type: "string", maxLength: 64, description: "Only with a server key: who answers" },
  },
} as const;

export const votedSchema = {
  type: "object",
  required: ["matchId", "status", "accepted", "players"],
  properties: {
    matchId: { type: "string" },
    status: { type: "string", enum: ["proposed", "placing", "assigned", "dissolved"] },
    accepted: { type: "integer", description: "How many players have accepted" },
    players: { type: "integer", description: "How many have to" },
  },
} as const;

export const roomBody = {
  type: "object",
  required: ["room"],
  additionalProperties: false,
  properties: {
    room: { type: "string", maxLength: 32, description: "Name of a room definition" },
    options: { type: "object" },
    join: { type: "object" },
    listed: { type: "boolean", description: "Shown in the public listing as long as it has a free seat" },
  },
} as const;

export const joinBody = {
  type: "object",
  additionalProperties: false,
  properties: {
    joinCode: { type: "string", maxLength: 16 },
    roomId: { type: "string", maxLength: 96, description: "Of a listed room, instead of joinCode" },
    join: { type: "object" },
  },
} as const;

export const watchBody = {
  type: "object",
  additionalProperties: false,
  properties: {
    joinCode: { type: "string", maxLength: 16 },
    roomId: {
      type: "string",
      maxLength: 96,
      description: "Instead of joinCode: of a listed room; for a server key of any",
    },
    playerId: { type: "string", description: "Who is to watch; needed with a server key" },
  },
} as const;

const text = (description: string) => ({ type: "string", description }) as const;

export const listingQuery = {
  type: "object",
  additionalProperties: true,
  properties: {
    room: text("Name of a room definition"),
    queue: text("Name of a queue"),
    region: text("Region of the room-server"),
    minFree: text("Free seats at least, 1 to 1,000; 1 if left out"),
    limit: text("Rooms of a page, 1 to 100; 50 if left out"),
    cursor: text("The cursor of the page before"),
  },
} as const;

export const listingSchema = {
  type: "object",
  required: ["rooms"],
  properties: {
    rooms: {
      type: "array",
      items: {
        type: "object",
        required: ["roomId", "room", "players", "seats", "region", "properties"],
        properties: {
          roomId: { type: "string" },
          room: { type: "string" },
          players: { type: "integer" },
          seats: { type: "integer" },
          region: { type: "string", description: "Empty: not said" },
          properties: { type: "object", additionalProperties: { type: "string" } },
        },
      },
    },
    cursor: { type: "string", description: "Where the next page begins; missing: this is the last" },
  },
} as const;

const seatProperties = {
  roomId: { type: "string" },
  url: { type: "string", description: "WebSocket URL, or :<port> on the host used for REST" },
  seatToken: { type: "string", description: "For HELLO; works once, for 30 s" },
} as const;

export const seatSchema = {
  type: "object",
  required: ["roomId", "url", "seatToken"],
  properties: seatProperties,
} as const;

export const createdRoomSchema = {
  type: "object",
  required: ["roomId", "url", "seatToken", "joinCode"],
  properties: { ...seatProperties, joinCode: { type: "string" } },
} as const;

export const queuesSchema = {
  type: "object",
  properties: { queues: { type: "array", items: { type: "string" } } },
} as const;

export const queueStatsSchema = {
  type: "object",
  required: ["open", "proposed", "placing", "oldestMs", "deciles", "eta"],
  properties: {
    open: { type: "integer", description: "Tickets that wait" },
    proposed: { type: "integer", description: "Tickets whose players are asked whether they accept a match" },
    placing: { type: "integer", description: "Tickets whose match is being placed" },
    oldestMs: { type: "integer", description: "How long the oldest has waited, ms" },
    eta: etaSchema,
    deciles: {
      type: "array",
      description: "Tenths of who asked, by skill, lowest first; none while too few have",
      items: {
        type: "object",
        required: ["from", "to", "open", "waitP50Ms", "waitP95Ms"],
        properties: {
          from: { type: "number" },
          to: { type: "number" },
          open: { type: "integer" },
          waitP50Ms: { type: ["number", "null"], description: "Null: too few to say" },
          waitP95Ms: { type: ["number", "null"] },
        },
      },
    },
  },
} as const;

export const regionsSchema = {
  type: "object",
  required: ["regions"],
  properties: {
    regions: {
      type: "array",
      items: {
        type: "object",
        required: ["region", "pingUrl"],
        properties: {
          region: { type: "string" },
          pingUrl: { type: "string", description: "Answers a GET at once, to any origin" },
        },
      },
    },
  },
} as const;

const count = (description: string) => ({ type: "integer", description }) as const;
const byName = (properties: object, description: string) => ({
  type: "object",
  description,
  additionalProperties: { type: "object", required: Object.keys(properties), properties },
});

export const countsSchema = {
  type: "object",
  required: ["players", "sessions", "spectators", "rooms", "nodes", "queues", "regions"],
  properties: {
    players: count("Who has a seat, connected or not"),
    sessions: count("Connections, those that may still come back and spectators included"),
    spectators: count("Who watches"),
    rooms: count("Rooms that run"),
    nodes: count("Room-servers that can be reached"),
    queues: byName(
      { waiting: count("Players who wait"), playing: count("Players in rooms of its matches") },
      "By queue",
    ),
    regions: byName({ players: count("Who has a seat"), nodes: count("Room-servers") }, "By region"),
  },
} as const;

export const ratingsSchema = {
  type: "object",
  required: ["ratings"],
  properties: {
    ratings: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "mu", "sigma", "games", "ordinal"],
        properties: {
          name: { type: "string" },
          mu: { type: "number", description: "How good the player is" },
          sigma: { type: "number", description: "How uncertain that is, as a standard deviation" },
          games: {
            type: "integer",
            description: "Results in it; 0: new, and mu and sigma as the queue says",
          },
          ordinal: { type: "number", description: "For a place in a list: mu - 3 sigma" },
        },
      },
    },
  },
} as const;

/** What every route may answer besides. */
export const failures = { "4xx": problemResponse, "5xx": problemResponse } as const;

/** A route that asks who the caller is. */
export const secured = (summary: string, tag: string) => ({
  summary,
  tags: [tag],
  security: [{ bearer: [] }],
});
