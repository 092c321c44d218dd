import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

/** Two players, whose every action and event is counted. */
const duel = defineRoom({
  seats: 2,
  tickHz: 10,
  state: t.state({ moved: t.u32() }),
  input: t.struct({ dx: t.i8() }),
  actions: { add: t.action({}, { mine: t.u32() }) },
  events: { added: t.event({ total: t.u32() }) },
  hidden: t.state({ total: t.u32(), of: t.table(t.struct({ added: t.u32() })) }),
  onJoin(room, player) {
    room.hidden.of.add(player.id, { added: 0 });
  },
  onLeave(room, player) {
    room.hidden.of.delete(player.id);
  },
  onTick(room) {
    for (const [, player] of room.players) if (player.input.dx !== 0) room.state.moved += 1;
  },
  on: {
    add(room, player) {
      room.hidden.total += 1;
      room.emit("added", { total: room.hidden.total });
      const row = room.hidden.of.get(player.id);
      if (!row) return { mine: 0 };
      row.added += 1;
      return { mine: row.added };
    },
  },
});

export default defineGame({
  rooms: { duel },
  queues: { duel: defineQueue({ room: "duel", size: 2, expireMs: 60_000 }) },
});
