import { LOBBY_SIZE_MAX } from "@warren/matchmaking";
import { playerProperties } from "./schemas.ts";

// JSON Schemas of lobbies, as those of schemas.ts.

const queues = {
  type: "array",
  maxItems: 8,
  uniqueItems: true,
  items: { type: "string", maxLength: 32 },
  description: "Queues the lobby will ask for",
} as const;

export const openLobbyBody = {
  type: "object",
  additionalProperties: false,
  properties: {
    queues,
    size: {
      type: "integer",
      minimum: 1,
      maximum: LOBBY_SIZE_MAX,
      description: "Members at the most; by default the party the queues take",
    },
    ...playerProperties,
  },
} as const;

export const joinLobbyBody = {
  type: "object",
  required: ["joinCode"],
  additionalProperties: false,
  properties: { joinCode: { type: "string", maxLength: 16 }, ...playerProperties },
} as const;

const bodyWith = <P extends object>(properties: P) => ({
  type: "object",
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
});

export const readyBody = bodyWith({ ready: { type: "boolean" } });
export const leaderBody = bodyWith({ playerId: { type: "string", maxLength: 64 } });
export const queuesBody = bodyWith({ queues });

export const lobbySchema = {
  type: "object",
  required: ["lobbyId", "joinCode", "size", "playerId", "leaderId", "queues", "members"],
  properties: {
    lobbyId: { type: "string" },
    joinCode: { type: "string", description: "What others come in with" },
    size: { type: "integer", description: "Members at the most" },
    playerId: { type: "string", description: "The player who asked" },
    leaderId: { type: "string", description: "The member who may change it and queue" },
    queues: { type: "array", items: { type: "string" } },
    members: {
      type: "array",
      description: "In the order they came",
      items: {
        type: "object",
        required: ["playerId", "ready"],
        properties: {
          playerId: { type: "string" },
          ready: { type: "boolean" },
          join: { type: "object", additionalProperties: true },
        },
      },
    },
    ticketId: { type: "string", description: "The ticket the player queues with, or was matched with last" },
  },
} as const;

export const endedSchema = {
  type: "object",
  required: ["lobbyId"],
  properties: { lobbyId: { type: "string" } },
} as const;
