import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { InputError, systemClock } from "@warren/kernel";
import { recording } from "@warren/matchmaker";
import { recordLine } from "@warren/matchmaking/simulation";
import { createLogger, natsOptions, readConfig } from "@warren/service";
import { connectCluster } from "../cluster-process.ts";
import type { Command } from "../command.ts";
import { say } from "../terminal.ts";

export const record: Command = {
  name: "record",
  args: "<file>",
  text: "Writes down what players asked for, for simulate --replay (needs NATS)",
  options: natsOptions,
  async run({ argv, env }) {
    const { config, rest } = readConfig(natsOptions, env, argv, ["file"]);
    const [path] = rest;
    if (path === undefined) throw new InputError("file", undefined, "the file to write");
    const log = createLogger({ name: "record", level: "warn", format: "pretty" });
    const cluster = await connectCluster(config, "warren-record", log);
    try {
      const file = createWriteStream(path);
      await once(file, "open").catch((error: Error) => {
        throw new InputError("file", path, `a file that can be written; ${error.message}`);
      });
      let count = 0;
      for await (const each of recording(cluster.log, systemClock)) {
        count++;
        if (!file.write(`${recordLine(each)}\n`)) await once(file, "drain");
      }
      file.end();
      await once(file, "finish");
      say(`${count} records in ${path}`);
    } finally {
      await cluster.close();
    }
  },
};
