import { defineGame, defineQueue, defineRoom, Refusal, t } from "@warren/game";

/** Everything a queue may ask of a player, and a room without ticks that asks for something and often says no. */
const board = defineRoom({
  seats: 4,
  tickHz: 0,
  resumeGraceMs: 5_000,
  options: t.struct({ map: t.enum("ice", "sand") }),
  join: t.struct({ name: t.string(16), colour: t.optional(t.enum("red", "blue")) }),
  state: t.state({ moves: t.u32(), players: t.table(t.struct({ name: t.string(16), team: t.u8() })) }),
  actions: {
    move: t.action({ from: t.u8(), to: t.optional(t.u8()), path: t.array(t.i8(), 5) }, { moves: t.u32() }),
  },
  onJoin: (room, { id, team, join }) => void room.state.players.add(id, { name: join.name, team }),
  onLeave: (room, { id }) => void room.state.players.delete(id),
  on: {
    move(room, _, { from, to }) {
      if (to === undefined || from > to) throw new Refusal("not that way");
      return { moves: ++room.state.moves };
    },
  },
});

const rules = {
  room: "board",
  options: { map: "ice" },
  teams: { count: 2, size: 2, roles: { tank: 1, healer: 1 } },
  attributes: {
    build: { type: "text", default: "1.0", trusted: false },
    elo: { type: "number", default: 1_500 },
    role: { type: "set", values: ["tank", "healer"] },
    modes: { type: "set", values: ["escort", "siege"] },
  },
  equal: ["build"],
  share: [{ attribute: "modes", min: 1 }],
  skill: { attribute: "elo", windows: [{ atMs: 0, value: 100 }] },
  latency: { maxMs: [{ atMs: 0, value: 300 }] },
  relax: [{ atMs: 1_500, min: 1, fillTo: 0 }],
} as const;

export default defineGame({
  rooms: { board },
  queues: {
    ranked: defineQueue({ ...rules, party: { max: 1 }, acceptance: { timeoutMs: 5_000 } }),
    // Long enough to change one's mind.
    squads: defineQueue({ ...rules, gatherMs: 1_000 }),
  },
});
