import { flag, readConfig } from "@warren/service";
import type { Command } from "../command.ts";
import { contractLines } from "../contract-lines.ts";
import { loadGame } from "../load-game.ts";
import { say, screenOf } from "../terminal.ts";

const options = {
  json: flag({ text: "Prints { rooms: { name: { fingerprint, wire } } } for programs" }),
} as const;

export const schema: Command = {
  name: "schema",
  args: "[game]",
  text: "The contract of each room with its clients: state, input, actions, events",
  options,
  async run({ argv, env }) {
    const { config, rest } = readConfig(options, env, argv, ["game"]);
    const { game } = await loadGame(rest[0]);
    const definitions = Object.entries(game.rooms);
    if (config.json) {
      const rooms = definitions.map(([name, { wire, wireFingerprint: fingerprint }]) => [
        name,
        { fingerprint, wire },
      ]);
      return say(JSON.stringify({ rooms: Object.fromEntries(rooms) }, null, 2));
    }
    const screen = screenOf(process.stdout, env);
    say(definitions.map(([name, room]) => contractLines(name, room, screen).join("\n")).join("\n\n"));
  },
};
