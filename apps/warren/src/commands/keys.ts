import { join, resolve } from "node:path";
import { int, oneOf, ROLES, readConfig, text } from "@warren/service";
import type { Command } from "../command.ts";
import { say } from "../terminal.ts";

const options = {
  out: text("keys", { text: "Folder to write to; a CA that is there already is kept" }, "a folder"),
  days: int(90, 1, 825, { text: "How long the certificates are good, days" }),
  role: oneOf("all", ["all", ...ROLES], { text: "Which keys to make" }),
} as const;

const USERS = {
  matchmaker: "every matchmaker, with --keys",
  rooms: "every room-server, with --keys",
  backend: "the studio's backends that call WatchTicket",
} as const;

export const keys: Command = {
  name: "keys",
  args: "",
  text: "Makes the keys by which services know each other, or renews them",
  options,
  async run({ argv, env }) {
    const { config } = readConfig(options, env, argv);
    // Only here: what writes certificates takes its time to load.
    const { writeKeys } = await import("../write-keys.ts");
    const roles = config.role === "all" ? ROLES : [config.role];
    const out = resolve(config.out);
    const { isNewCa, folders } = await writeKeys({ out, roles, days: config.days, nowMs: Date.now() });
    say(
      `${isNewCa ? "a new CA is" : "signed by the CA"} in ${join(out, "ca")}; keep its key off the servers`,
    );
    for (const [i, role] of roles.entries()) say(`${folders[i]} is for ${USERS[role]}`);
    say(
      `good for ${config.days} days; run this again to renew them, processes take new files up by themselves`,
    );
  },
};
