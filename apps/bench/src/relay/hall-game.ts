import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

/** Players of the full hall. */
export const HALL_SEATS = 200;
const WORLD = 2_000;
const place = t.quantised(0, WORLD, WORLD / 65_535);

// Everyone moves at every tick, and every state says when its tick was.
const hall = defineRoom({
  seats: HALL_SEATS,
  spectators: 1_000,
  tickHz: 30,
  sendHz: 30,
  // Sockets are closed and opened again between rounds.
  resumeGraceMs: 300_000,
  state: t.state({ tickedAtMs: t.f64(), dots: t.table(t.struct({ x: place, y: place })) }),
  input: t.struct({ dx: t.i8(), dy: t.i8() }),
  actions: { touch: t.action({}, { touched: t.u32() }) },
  onJoin: (room, { id }) => void room.state.dots.add(id, { x: WORLD / 2, y: WORLD / 2 }),
  onLeave: (room, { id }) => void room.state.dots.delete(id),
  onTick(room) {
    // The machine's monotonic clock, the same in every process: it measures, nothing follows from it.
    room.state.tickedAtMs = Number(process.hrtime.bigint()) / 1e6;
    for (const { id, input } of room.players.values()) {
      const dot = room.state.dots.get(id);
      if (!dot) continue;
      dot.x = (dot.x + 3 + input.dx) % WORLD;
      dot.y = (dot.y + 2 + input.dy) % WORLD;
    }
  },
  on: { touch: (room) => ({ touched: room.tick }) },
});

export default defineGame({
  rooms: { hall },
  queues: {
    full: defineQueue({ room: "hall", size: HALL_SEATS, expireMs: 600_000 }),
    small: defineQueue({ room: "hall", size: 20, expireMs: 600_000 }),
  },
});
