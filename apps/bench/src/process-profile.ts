import type { Member } from "@warren/testbed";
import { eventually } from "@warren/testkit";

/** Where this process writes its CPU profile, and so should those it starts; undefined: nobody asked for profiles. */
const FOLDER = flag("--cpu-prof-dir");

/** Whether processes are to write profiles, and so have to end of their own. */
export const isProfiling = FOLDER !== undefined;

/**
 * Options that make a Node process which this one starts write a profile; none when nobody asked for profiles. It is
 * written when the process ends of its own: by SIGTERM if it stops on that, never by SIGKILL. The file is called as
 * this process's is, by the other's first argument and its id.
 */
export function profileOptions(): readonly string[] {
  if (FOLDER === undefined) return [];
  // Compiled, also when this file is not.
  const file = new URL("../dist/profile-on-exit.js", import.meta.url);
  file.searchParams.set("folder", FOLDER);
  file.searchParams.set("name", flag("--cpu-prof-name")?.replace(/\.cpuprofile$/, "") ?? "");
  return [`--import=${file}`];
}

/** Ends a process of ours so that its profile is written, if it writes one; else leaves it to be killed. */
export async function endForProfile(member: Member): Promise<void> {
  if (!isProfiling) return;
  const { pid } = member;
  member.signal("SIGTERM");
  await eventually(() => {
    try {
      process.kill(pid, 0);
      return "the process has ended";
    } catch {
      return undefined;
    }
  });
}

function flag(name: string): string | undefined {
  return process.execArgv.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}
