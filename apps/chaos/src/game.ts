import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { tally } from "./judges/tally.ts";

// As little as a game can be: what is tried is the way into it.

const table = defineRoom({ seats: 4, state: t.state({ round: t.u8() }) });

const hall = defineRoom({ seats: 200, state: t.state({ round: t.u8() }) });

export default defineGame({
  rooms: { table, hall, tally },
  queues: {
    pair: defineQueue({ room: "table", size: 2, expireMs: 15_000 }),
    crowd: defineQueue({ room: "hall", size: 200, expireMs: 3_600_000 }),
    four: defineQueue({ room: "table", size: 4, expireMs: 60_000 }),
    tally: defineQueue({ room: "tally", size: 4, expireMs: 120_000 }),
    near: defineQueue({
      room: "tally",
      size: 4,
      latency: { maxMs: [{ atMs: 0, value: 50 }] },
      expireMs: 120_000,
    }),
    squad: defineQueue({ room: "table", teams: { count: 2, size: 2 }, expireMs: 15_000 }),
  },
});
