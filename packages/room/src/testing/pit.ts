import { t } from "@warren/schema";
import { defineRoom, type LeaveReason, Refusal, type RoomSource } from "../definition.ts";

const state = t.state({
  count: t.u32(),
  rows: t.table(t.struct({ n: t.u32(), text: t.string(65_536) })),
});
const input = t.struct({ thrust: t.i8() });
const actions = {
  add: t.action({ n: t.u8() }, { count: t.u32() }),
  refuse: t.action({}, {}),
  fail: t.action({}, {}),
  kick: t.action({ player: t.playerId() }, {}),
  end: t.action({}, {}),
  /** Emits so many events of so many bytes. */
  shout: t.action({ times: t.u16(), bytes: t.u16(), to: t.array(t.playerId(), 4) }, {}),
  /** Adds a row with so many bytes, or takes it away. */
  row: t.action({ key: t.string(8), bytes: t.u16() }, {}),
  later: t.action({ delayMs: t.u32(), text: t.string(20) }, { nowMs: t.u32() }),
};
export const ACTIONS = Object.keys(actions) as (keyof typeof actions)[];
export const actionTypes = actions;
const events = { note: t.event({ text: t.string(65_535) }) };
export const noteType = events.note.payload;

type Source = RoomSource<
  { secret: string },
  { name: string },
  typeof state,
  { thrust: number },
  typeof actions,
  typeof events
>;

/** A room with everything in it, for tests. What its hooks are called with is written to `calls`. */
export function pit(calls: string[] = [], overrides: Partial<Source> = {}) {
  return defineRoom<
    typeof state,
    { secret: string },
    { name: string },
    { thrust: number },
    typeof actions,
    typeof events
  >({
    seats: 4,
    tickHz: 20,
    resumeGraceMs: 5_000,
    options: t.struct({ secret: t.string(8) }),
    join: t.struct({ name: t.string(8) }),
    state,
    input,
    actions,
    events,
    onJoin: (_room, player) => void calls.push(`join ${player.id}`),
    onLeave: (_room, player, why: LeaveReason) => void calls.push(`leave ${player.id} ${why}`),
    onTick(room) {
      room.state.count++;
    },
    on: {
      add(room, player, { n }) {
        calls.push(`add ${player.id} ${n}`);
        room.state.count += n;
        return { count: room.state.count };
      },
      refuse: () => {
        throw new Refusal("not today");
      },
      fail: () => {
        throw new Error("a bug of the game");
      },
      kick(room, _player, { player }) {
        room.kick(player as never);
        return {};
      },
      end(room) {
        room.end();
        return {};
      },
      shout(room, _player, { times, bytes, to }) {
        for (let i = 1; i <= times; i++)
          room.emit(
            "note",
            { text: String(i).padEnd(bytes, ".") },
            to.length > 0 ? (to as never[]) : undefined,
          );
        return {};
      },
      row(room, _player, { key, bytes }) {
        room.state.rows.delete(key);
        if (bytes > 0) room.state.rows.add(key, { text: "r".repeat(bytes) });
        return {};
      },
      later(room, _player, { delayMs, text }) {
        room.after(delayMs, "alarm", { text });
        return { nowMs: Math.round(room.nowMs) };
      },
    },
    timers: {
      alarm(room, data) {
        const { text } = data as { text: string };
        calls.push(`alarm ${text} ${Math.round(room.nowMs)}`);
        room.emit("note", { text });
      },
    },
    ...overrides,
  });
}
export type PitState = typeof state;
