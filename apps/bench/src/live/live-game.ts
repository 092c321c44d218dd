import { defineGame, defineRoom, t } from "@warren/game";
import { type Flight, flight, type Step } from "../flight.ts";

/** Edge of the square world of a field, in units. */
const WORLD = 2_000;
const FLIGHT_TICKS = 400;
/** Bytes an echo may have. */
const ECHO_BYTES_MAX = 1_024;

const place = t.quantised(0, WORLD, WORLD / 65_535);
const entity = t.struct({ x: place, y: place, angle: t.angle(8), hp: t.u8() });

/** Nothing but answers: the bytes of an action come back as its result. */
const echo = defineRoom({
  seats: 1_000,
  tickHz: 0,
  durability: "none",
  // Sockets leave between rounds and nobody comes back.
  resumeGraceMs: 0,
  state: t.state({}),
  actions: { echo: t.action({ data: t.bytes(ECHO_BYTES_MAX) }, { data: t.bytes(ECHO_BYTES_MAX) }) },
  on: { echo: (_room, _player, { data }) => ({ data }) },
});

/** An entity a player, all of which move at every tick. `ticked`: told at the beginning of each, by any object of the room's own. */
export function field(seats: number, hz: number, ticked: (room: object) => void = () => {}) {
  let plan: Flight | undefined;
  return defineRoom({
    seats,
    tickHz: hz,
    sendHz: hz,
    resumeGraceMs: 0,
    state: t.state({ entities: t.table(entity) }),
    input: t.struct({ dx: t.i8(), dy: t.i8() }),
    onJoin: (room, { id }) => void room.state.entities.add(id, { x: 0, y: 0, angle: 0, hp: 100 }),
    onLeave(room, { id }) {
      room.state.entities.delete(id);
      // Nothing ticks while another server is measured.
      if (room.players.size === 0) room.end();
    },
    onTick(room) {
      ticked(room);
      plan ??= flight({ entities: seats, world: WORLD, movingShare: 1, ticks: FLIGHT_TICKS });
      const { x, y, angle, hp } = stepAt(plan, room.tick);
      let i = 0;
      for (const row of room.state.entities.values()) {
        row.x = x[i]!;
        row.y = y[i]!;
        row.angle = angle[i]!;
        row.hp = hp[i++]!;
      }
    },
  });
}

/** There, back, there, … */
function stepAt({ there, back }: Flight, tick: number): Step {
  const at = tick % (there.length * 2);
  return (at < there.length ? there[at] : back[at - there.length]) as Step;
}

export default defineGame({
  rooms: {
    echo,
    "field-10-5hz": field(10, 5),
    "field-10-20hz": field(10, 20),
    "field-50-20hz": field(50, 20),
    "field-200-20hz": field(200, 20),
    "field-10-30hz": field(10, 30),
    "field-10-128hz": field(10, 128),
    "field-50-128hz": field(50, 128),
    "field-200-128hz": field(200, 128),
  },
});
