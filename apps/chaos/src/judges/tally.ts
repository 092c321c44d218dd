import { defineRoom, t } from "@warren/game";

/** What the room did for one player. Whoever asks for numbers one by one finds here whether each was done once. */
const Account = t.struct({
  /** Actions that were executed. */
  executed: t.u32(),
  /** The highest number executed. */
  last: t.u32(),
  /** Numbers that came again. */
  twice: t.u32(),
  /** Numbers that were left out. */
  skipped: t.u32(),
  /** The last number that was held down. */
  input: t.u32(),
  /** Events told to this player alone. */
  told: t.u32(),
});

const TELL_EVERY_TICKS = 5;

/** A room that keeps account: of the actions it executed, and of the events it told, all of them numbered. */
export const tally = defineRoom({
  seats: 8,
  tickHz: 20,
  sendHz: 10,
  resumeGraceMs: 120_000,
  state: t.state({ beats: t.u32(), accounts: t.table(Account) }),
  input: t.struct({ number: t.u32() }),
  actions: { count: t.action({ number: t.u32() }, { executed: t.u32() }) },
  events: {
    /** To everyone. */
    beat: t.event({ number: t.u32() }),
    /** To one player. */
    told: t.event({ number: t.u32() }),
  },
  onJoin(room, player) {
    room.state.accounts.add(player.id, {});
  },
  onLeave(room, player) {
    room.state.accounts.delete(player.id);
  },
  onTick(room) {
    const isTelling = room.tick % TELL_EVERY_TICKS === 0;
    for (const player of room.players.values()) {
      const account = room.state.accounts.get(player.id);
      if (!account) continue;
      // Who sends nothing for a second has the initial input.
      account.input = Math.max(account.input, player.input.number);
      if (isTelling) room.emit("told", { number: ++account.told }, [player.id]);
    }
    if (isTelling) room.emit("beat", { number: ++room.state.beats });
  },
  on: {
    count(room, player, { number }) {
      const account = room.state.accounts.get(player.id);
      if (!account) return { executed: 0 };
      account.executed++;
      if (number <= account.last) account.twice++;
      else {
        account.skipped += number - account.last - 1;
        account.last = number;
      }
      return { executed: account.executed };
    },
  },
});
