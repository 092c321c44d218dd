// Imported into other processes by NODE_OPTIONS, which may not say --cpu-prof: writes a profile when the process ends.
import { mkdirSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";

const { searchParams } = new URL(import.meta.url);
const folder = searchParams.get("folder") ?? ".";
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.start");
process.on("exit", () =>
  session.post("Profiler.stop", (error, answer) => {
    if (error) throw error;
    mkdirSync(folder, { recursive: true });
    const file = `${searchParams.get("name")}-${process.argv[2] ?? ""}-${process.pid}.cpuprofile`;
    writeFileSync(join(folder, file.replace(/[^\w.]+/g, "-")), JSON.stringify(answer.profile));
  }),
);
