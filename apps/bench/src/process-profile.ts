/** Where this process writes its CPU profile, and so should those it starts; undefined: nobody asked for profiles. */
const FOLDER = process.execArgv.find((arg) => arg.startsWith("--cpu-prof-dir="))?.split("=")[1];

/**
 * What makes a Node process that this one starts write a profile, for its NODE_OPTIONS; empty when nobody asked for
 * profiles. It is written when the process ends of its own: by SIGTERM if it stops on that, never by SIGKILL.
 * The file is called by this name, the process's first argument and its id.
 */
export function profileOptions(name: string): readonly string[] {
  if (FOLDER === undefined) return [];
  // Compiled, also when this file is not.
  const file = new URL("../dist/profile-on-exit.js", import.meta.url);
  file.searchParams.set("folder", FOLDER);
  file.searchParams.set("name", name);
  return [`--import=${file}`];
}
