import { IDEMPOTENCY_KEY_CHARS_MAX } from "../tickets.ts";
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
    join: { type: "object", description: "What the player brings into the room" },
    playerId: { type: "string", maxLength: 64, description: "Only with a server key: who is to be matched" },
    attributes: {
      type: "object",
      maxProperties: 16,
      propertyNames: { maxLength: 32 },
      additionalProperties: { type: "number" },
      description: "Only with a server key: numbers to match by, such as a rating",
    },
  },
} as const;

export const ticketSchema = {
  type: "object",
  required: ["ticketId", "playerId", "status", "queues"],
  properties: {
    ticketId: { type: "string" },
    playerId: { type: "string" },
    status: { type: "string", enum: ["open", "placing", "assigned", "cancelled", "expired"] },
    queues: { type: "array", items: { type: "string" } },
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

export const queueStatsSchema = {
  type: "object",
  required: ["open", "placing", "oldestMs"],
  properties: {
    open: { type: "integer", description: "Tickets that wait" },
    placing: { type: "integer", description: "Tickets whose match is being placed" },
    oldestMs: { type: "integer", description: "How long the oldest has waited, ms" },
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
