import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

// As little as a game can be: what is measured is the way into it.

const table = defineRoom({ seats: 2, state: t.state({ round: t.u8() }) });

export default defineGame({
  rooms: { table },
  queues: { pair: defineQueue({ room: "table", size: 2 }) },
});
