import { parseRoomId } from "@warren/kernel";
import type { FastifyInstance } from "fastify";
import { idOrNotFound } from "../id-or-not-found.ts";
import type { ListingQuery } from "../rooms/room-listing.ts";
import { namedBy, playerOnly } from "./caller.ts";
import type { RestOptions } from "./rest-options.ts";
import {
  createdRoomSchema,
  failures,
  idempotencyHeaders,
  joinBody,
  listingQuery,
  listingSchema,
  roomBody,
  seatSchema,
  secured,
  watchBody,
} from "./schemas.ts";

/** A room costs more than a ticket, and an empty one lives for a while. */
const ROOMS_PER_MINUTE_MAX = 30;
/** Joining by code is guessing when it is fast. */
const CODE_JOINS_PER_MINUTE_MAX = 30;

export function roomRoutes(app: FastifyInstance, { auth, rooms, listing }: RestOptions): void {
  app.post<{ Body: { room: string; options?: unknown; join?: unknown; listed?: boolean } }>(
    "/v1/rooms",
    {
      config: { rateLimit: { max: ROOMS_PER_MINUTE_MAX } },
      schema: {
        ...secured("Open a room that others join by code, or find in the listing", "rooms"),
        headers: idempotencyHeaders,
        body: roomBody,
        response: { 200: createdRoomSchema, 201: createdRoomSchema, ...failures },
      },
    },
    async (request, reply) => {
      const playerId = await playerOnly(auth, request);
      const idempotencyKey = request.headers["idempotency-key"] as string;
      const { listed = false, room, options, join } = request.body;
      const created = await rooms.create({ playerId, idempotencyKey, room, options, join, listed });
      const { seat, isNew } = created;
      return reply.code(isNew ? 201 : 200).send(seat);
    },
  );

  app.get<{ Querystring: ListingQuery }>(
    "/v1/rooms",
    {
      schema: {
        summary: "Rooms anyone may join",
        description:
          "Listed rooms with a free seat, in the order of their ids. Any further parameter is a property the room has to have.",
        tags: ["rooms"],
        querystring: listingQuery,
        response: { 200: listingSchema, ...failures },
      },
    },
    async (request) => listing.find(request.query),
  );

  app.post<{ Body: { joinCode?: string; roomId?: string; join?: unknown } }>(
    "/v1/rooms/join",
    {
      config: { rateLimit: { max: CODE_JOINS_PER_MINUTE_MAX } },
      schema: {
        ...secured("A seat in the room of a join code, or in a listed room", "rooms"),
        body: joinBody,
        response: { 200: seatSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      const { joinCode, roomId, join } = request.body;
      return rooms.join({ playerId, joinCode, roomId, join });
    },
  );

  app.post<{ Body: { joinCode?: string; roomId?: string; playerId?: string } }>(
    "/v1/rooms/watch",
    {
      config: { rateLimit: { max: CODE_JOINS_PER_MINUTE_MAX } },
      schema: {
        ...secured(
          "A way to watch the room of a join code, or a listed room; for a server key any room",
          "rooms",
        ),
        body: watchBody,
        response: { 200: seatSchema, ...failures },
      },
    },
    async (request) => {
      const { joinCode, roomId, playerId: name } = request.body;
      const caller = await auth.caller(request.headers.authorization);
      // Not to read: who watches under a player's name is told what the player is told.
      const playerId = namedBy(caller, "tickets", "playerId", name);
      return rooms.watch({ playerId, joinCode, roomId, isListedOnly: caller.kind === "player" });
    },
  );

  app.post<{ Params: { room: string } }>(
    "/v1/players/me/seats/:room",
    {
      schema: {
        ...secured("A fresh token for a seat the player holds", "rooms"),
        response: { 200: seatSchema, ...failures },
      },
    },
    async (request) =>
      rooms.reseat(
        await playerOnly(auth, request),
        idOrNotFound(parseRoomId, request.params.room, "ROOM_NOT_FOUND", "roomId"),
      ),
  );
}
