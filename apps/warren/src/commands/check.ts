import { type QueueWarning, queueWarnings } from "@warren/matchmaking";
import { gatherProblems } from "@warren/matchmaking/queue";
import { flag, readConfig } from "@warren/service";
import type { Command } from "../command.ts";
import { loadGame } from "../load-game.ts";
import { queueLines, rowLines } from "../queue-lines.ts";
import { complain, type Screen, say, screenOf } from "../terminal.ts";

const options = {
  json: flag({ text: "Prints { ok, problems, queues: { name: { config, warnings } } } for programs" }),
} as const;

export const check: Command = {
  name: "check",
  args: "[game]",
  text: "What each queue of a game means, and what is wrong with it",
  options,
  async run({ argv, env }) {
    const { config, rest } = readConfig(options, env, argv, ["game"]);
    const { value, problems } = await gatherProblems(() => loadGame(rest[0]));
    const isBad = (name: string) => problems.some(({ field }) => `${field}.`.startsWith(`queues.${name}.`));
    const queues = Object.entries(value.game.queues)
      .filter(([name]) => !isBad(name))
      .map(([name, queue]) => {
        const { bot } = value.game.rooms[queue.room]!.source;
        return { name, queue, warnings: [...queueWarnings(queue), ...(bot ? [] : botless(queue.relax))] };
      });
    if (problems.length > 0) process.exitCode = 1;
    if (config.json) {
      const told = queues.map(({ name, queue, warnings }) => [name, { config: queue, warnings }]);
      return say(
        JSON.stringify(
          {
            ok: problems.length === 0,
            problems: problems.map(({ field, message }) => ({ field, message })),
            queues: Object.fromEntries(told),
          },
          null,
          2,
        ),
      );
    }
    const screen = screenOf(process.stdout, env);
    for (const { name, queue, warnings } of queues) {
      say(queueLines(name, queue, screen).join("\n"));
      for (const { field, text } of warnings) say(rowLines("!", `${field}: ${text}`, screen).join("\n"));
      say("");
    }
    for (const { message } of problems) complain(message);
    say(summary(screen, queues.length, problems.length, queues.flatMap(({ warnings }) => warnings).length));
  },
};

function botless(relax: readonly { readonly min: number; readonly fillTo: number }[]): QueueWarning[] {
  return relax.flatMap(({ min, fillTo }, i) =>
    fillTo > min ? [{ field: `relax[${i}].fillTo`, text: "no bot comes: the room has no bot()" }] : [],
  );
}

function summary(screen: Screen, queues: number, problems: number, warnings: number): string {
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (problems > 0) return screen.heading(`${count(problems, "problem")}: this game cannot be played`);
  return screen.heading(
    `${count(queues, "queue")}, no problems${warnings > 0 ? `, ${count(warnings, "warning")} (!)` : ""}`,
  );
}
