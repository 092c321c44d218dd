import { fileURLToPath } from "node:url";
import { type Launched, launch } from "@warren/testkit";

export const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** The built command line with ports of its own. Only what is given is in its environment. */
export function warren(args: readonly string[], env: Record<string, string> = {}, cwd?: string): Launched {
  return launch(process.execPath, [MAIN, ...args], {
    env: {
      WARREN_HTTP_PORT: "0",
      WARREN_ROOMS_PORT: "0",
      WARREN_ADMIN_PORT: "0",
      WARREN_LOG_LEVEL: "warn",
      ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Starts `warren dev` and answers with its URL. */
export async function warrenDev(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<{ server: Launched; url: string }> {
  const server = warren(["dev", ...args], env);
  const [, url = ""] = await server.said(/^warren ready (http:\S+)$/m);
  return { server, url };
}
