import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

/** Large rooms in which little happens, for what players cost by themselves. */
const hall = defineRoom({
  seats: 100,
  tickHz: 4,
  join: t.struct({ name: t.string(16) }),
  state: t.state({ tick: t.u32() }),
  input: t.struct({ x: t.i8() }),
  onTick(room) {
    room.state.tick++;
  },
});
const queue = defineQueue({
  room: "hall",
  size: 100,
  relax: [{ atMs: 0, min: 1, fillTo: 0 }],
  backfill: true,
});

export default defineGame({ rooms: { hall }, queues: { queue } });
