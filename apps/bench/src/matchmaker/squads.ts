import { Prng } from "@warren/kernel";
import { defineQueue } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry } from "@warren/protocol/services";

/** 5v5 by skill, the window as it widens in ranked games. */
export const SQUADS = "squads";
export const QUEUES = new Map([
  [
    SQUADS,
    defineQueue({
      room: "arena",
      attributes: { mmr: { type: "number", default: 1_500 } },
      teams: { count: 2, size: 5 },
      skill: {
        attribute: "mmr",
        windows: [
          { atMs: 0, value: 50 },
          { atMs: 10_000, value: 130 },
          { atMs: 60_000, value: 600 },
        ],
        interpolate: "linear",
      },
    }),
  ],
]);

/** Of a hundred tickets, how many are of 1, 2, 3, 4 and 5 players. */
const PARTIES = [60, 22, 8, 2, 8] as const;
const SKILL_MEAN = 1_500;
const SKILL_DEVIATION = 300;

/** Tickets of parties whose members are about as good as each other, as bytes of the log. The same from the same seed. */
export class Squads {
  readonly #prng: Prng;
  #count = 0;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  next(): Uint8Array {
    const number = ++this.#count;
    const skill = SKILL_MEAN + SKILL_DEVIATION * this.#normal();
    const players = Array.from({ length: this.#partySize() }, (_, i) => ({
      playerId: `guest-${number.toString(36).padStart(14, "0")}${i}`,
      joinJson: `{"name":"P${number}"}`,
      attributes: [
        {
          name: "mmr",
          value: { $case: "number" as const, value: Math.round(skill + 50 * this.#normal()) },
          sigma: 0,
        },
      ],
      latencies: [
        { region: "eu-west", ms: this.#prng.int(10, 200) },
        { region: "us-east", ms: this.#prng.int(10, 200) },
      ],
    }));
    const ticketId = `t_main_${number.toString(36).padStart(26, "0")}`;
    const body = {
      $case: "ticketPosted" as const,
      value: { ticketId, players, queues: [SQUADS], replace: false, lobbyId: "" },
    };
    return LogEntry.encode({ version: RECORD_VERSION, body }).finish();
  }

  #partySize(): number {
    let dice = this.#prng.int(0, 99);
    for (const [i, share] of PARTIES.entries()) {
      if (dice < share) return i + 1;
      dice -= share;
    }
    return PARTIES.length;
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#prng.float()));
    return radius * Math.cos(2 * Math.PI * this.#prng.float());
  }
}
