import { defineGame } from "@warren/game";
import { field } from "../live/live-game.ts";
import { BeatLog } from "./beats.ts";

export const TICK_HZ = 30;
export const ROOM_SEATS = 10;

let log: BeatLog | undefined;
let logs = 0;

// A room of any studio may look at the clock. Nothing follows from it, so it is no matter that it is not the room's own.
const room = field(ROOM_SEATS, TICK_HZ, (who) => log?.beat(who, performance.now()));

// Begins to take notes, and says so; the next time says what it noted.
process.on("SIGUSR2", () => {
  const ended = log;
  log = ended ? undefined : new BeatLog(TICK_HZ);
  process.stdout.write(ended ? `noted ${logs} ${JSON.stringify(ended.regularity())}\n` : `notes ${++logs}\n`);
});

export default defineGame({ rooms: { [`field-${ROOM_SEATS}-${TICK_HZ}hz`]: room } });
