import { randomUUID } from "node:crypto";
import { parsePlayerId } from "@warren/kernel";
import { checkedMessage, MESSAGE_ID_CHARS_MAX, MESSAGE_TOPIC_CHARS_MAX } from "@warren/protocol";
import type { FastifyInstance } from "fastify";
import { serverOnly } from "./caller.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, secured } from "./schemas.ts";

const messageBody = {
  type: "object",
  required: ["topic", "data"],
  additionalProperties: false,
  properties: {
    messageId: {
      type: "string",
      minLength: 1,
      maxLength: MESSAGE_ID_CHARS_MAX,
      description: "Repeating a request with the same id is safe; made here if left out",
    },
    topic: { type: "string", minLength: 1, maxLength: MESSAGE_TOPIC_CHARS_MAX },
    data: { description: "Any JSON, at most 8 KiB of it" },
  },
} as const;

const deliveredSchema = {
  type: "object",
  required: ["messageId", "delivered"],
  properties: { messageId: { type: "string" }, delivered: { type: "boolean", const: true } },
} as const;

export function messageRoutes(app: FastifyInstance, { auth, teller }: RestOptions): void {
  app.post<{ Params: { player: string }; Body: { messageId?: string; topic: string; data: unknown } }>(
    "/v1/players/:player/messages",
    {
      schema: {
        ...secured("Tell a player something, on every open connection to a room", "players"),
        description:
          "Needs a server key with the scope `messages`. Nothing is kept for who is not connected.",
        body: messageBody,
        response: { 200: deliveredSchema, ...failures },
      },
    },
    async (request) => {
      await serverOnly(auth, request, "messages");
      const { messageId = randomUUID(), topic, data } = request.body;
      await teller.tell(
        parsePlayerId(request.params.player, "player"),
        checkedMessage(messageId, topic, data),
      );
      return { messageId, delivered: true };
    },
  );
}
