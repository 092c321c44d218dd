import { matchmakerOptions, startMatchmaker } from "@warren/matchmaker";
import { flag, natsOptions } from "@warren/service";
import { runClusterProcess } from "../cluster-process.ts";
import type { Command } from "../command.ts";
import { servePage } from "../page.ts";

const options = {
  ...natsOptions,
  ...matchmakerOptions,
  page: flag({ text: "Serve the game's web page at /" }),
} as const;

export const matchmaker: Command = {
  name: "matchmaker",
  args: "[game]",
  text: "One matchmaker: REST, events, and the log of tickets (needs NATS)",
  options,
  run: ({ argv, env }) =>
    runClusterProcess({
      role: "matchmaker",
      table: options,
      argv,
      env,
      start: ({ config, loaded, ...parts }) =>
        startMatchmaker({
          config,
          ...parts,
          ...(config.page && loaded.webFolder
            ? { page: servePage(loaded.webFolder, { rebuild: false }) }
            : {}),
        }),
    }),
};
