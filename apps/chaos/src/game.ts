import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

// As little as a game can be: what is tried is the way into it.

const table = defineRoom({ seats: 4, state: t.state({ round: t.u8() }) });

export default defineGame({
  rooms: { table },
  queues: {
    pair: defineQueue({ room: "table", size: 2, expireMs: 15_000 }),
    squad: defineQueue({ room: "table", teams: { count: 2, size: 2 }, expireMs: 15_000 }),
  },
});
