import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

const Ship = t.struct({ x: t.f32(), y: t.f32(), name: t.string(16) });
const arena = defineRoom({
  seats: 8,
  tickHz: 30,
  options: t.struct({ map: t.enum("small", "large") }),
  join: t.struct({ name: t.string(16) }),
  state: t.state({ phase: t.enum("lobby", "fight"), ships: t.table(Ship) }),
  input: t.struct({ thrust: t.i8(), fire: t.bool() }),
  actions: { buy: t.action({ item: t.u16() }, { gold: t.u32() }) },
  events: { hit: t.event({ by: t.playerId(), damage: t.u8() }) },
  onCreate(room) {
    room.state.phase = "fight";
    const m: "small" | "large" = room.options.map;
    void m;
  },
  onJoin(room, player) {
    room.state.ships.add(player.id, { name: player.join.name });
  },
  onTick(room, dtMs) {
    for (const p of room.players.values()) {
      const s = room.state.ships.get(p.id);
      if (s) s.x += p.input.thrust * dtMs;
    }
    room.emit("hit", { by: "x", damage: 3 });
    // @ts-expect-error
    room.emit("hat", {});
  },
  on: {
    buy(room, player, { item }) {
      void player;
      void room;
      return { gold: item + 3 };
    },
  },
  bot(room, player) {
    void room;
    void player;
    return { thrust: 1, fire: false };
  },
});
const minimal = defineRoom({
  seats: 2,
  state: t.state({ n: t.u8() }),
  onJoin(room) {
    room.state.n += 1;
  },
});
export default defineGame({
  rooms: { arena, minimal },
  queues: { duel: defineQueue({ room: "arena", options: { map: "small" }, size: 2 }) },
});
