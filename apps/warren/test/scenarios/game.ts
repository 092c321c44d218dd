import { defineGame, defineQueue, defineRoom, type TellResult, t } from "@warren/game";

/** One player, as all see them. Counts, so that what ran twice or not at all shows. */
const Mark = t.struct({ name: t.string(16), x: t.i32(), added: t.u32() });

/** Everything a room can do, as little of it as shows whether it was done. */
const yard = defineRoom({
  seats: 8,
  tickHz: 30,
  sendHz: 30,
  resumeGraceMs: 20_000,
  spectators: 8,
  join: t.struct({ name: t.string(16) }),
  state: t.state({ total: t.u32(), left: t.u8(), told: t.u8(), marks: t.table(Mark) }),
  input: t.struct({ dx: t.i8() }),
  actions: {
    add: t.action({ by: t.u32() }, { total: t.u32() }),
    count: t.action({ to: t.u16() }, {}),
    tell: t.action({ player: t.string(64), text: t.string(64) }, {}),
  },
  events: { number: t.event({ n: t.u16() }) },
  onJoin(room, player) {
    room.state.marks.add(player.id, { name: player.join.name, x: 0, added: 0 });
  },
  onLeave(room, player) {
    room.state.marks.delete(player.id);
    room.state.left += 1;
  },
  onTick(room) {
    for (const [id, player] of room.players) {
      const mark = room.state.marks.get(id);
      if (mark) mark.x += player.input.dx;
    }
  },
  on: {
    add(room, player, { by }) {
      room.state.total += by;
      const mark = room.state.marks.get(player.id);
      if (mark) mark.added += 1;
      return { total: room.state.total };
    },
    count(room, _player, { to }) {
      for (let n = 1; n <= to; n++) room.emit("number", { n });
      return {};
    },
    tell(room, _player, { player, text }) {
      room.tell(player, "room", { text }, "told");
      return {};
    },
  },
  timers: {
    told(room, result) {
      if ((result as TellResult).delivered) room.state.told += 1;
    },
  },
});

/** Full with two. */
const bench = defineRoom({
  seats: 2,
  join: t.struct({ name: t.string(16) }),
  state: t.state({ marks: t.table(Mark) }),
  onJoin(room, player) {
    room.state.marks.add(player.id, { name: player.join.name, x: 0, added: 0 });
  },
  onLeave(room, player) {
    room.state.marks.delete(player.id);
  },
});

// Every scenario has a queue of its own: they may run at the same time.
const pair = defineQueue({ room: "yard", size: 2, expireMs: 60_000 });

const game = defineGame({ rooms: { yard, bench }, queues: { join: pair, cancel: pair } });
export default game;
export type ScenarioGame = typeof game;
