import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

const field = defineRoom({
  seats: 8,
  tickHz: 20,
  join: t.struct({ name: t.string(16) }),
  state: t.state({ dots: t.table(t.struct({ name: t.string(16), x: t.f32(), y: t.f32() })) }),
  input: t.struct({ dx: t.i8(), dy: t.i8() }),
  actions: { wave: t.action({}, { seenBy: t.u8() }) },
  onJoin: (room, player) => void room.state.dots.add(player.id, { name: player.join.name }),
  onLeave: (room, player) => void room.state.dots.delete(player.id),
  onTick(room, dtMs) {
    for (const { id, input } of room.players.values()) {
      const dot = room.state.dots.get(id);
      if (dot) dot.x += (input.dx * dtMs) / 1000;
      if (dot) dot.y += (input.dy * dtMs) / 1000;
    }
  },
  on: { wave: (room) => ({ seenBy: room.players.size }) },
});
export default defineGame({ rooms: { field }, queues: { duo: defineQueue({ room: "field", size: 2 }) } });
