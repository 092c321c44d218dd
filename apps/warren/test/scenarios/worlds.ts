import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Testbed } from "@warren/testbed";
import { eventually } from "@warren/testkit";
import { warrenDev } from "../processes.ts";
import { type Route, straight, type World } from "./world.ts";

export interface RunningWorld extends World {
  /** Room-servers, and those of them that players connected to so far. */
  readonly nodes: { readonly count: number; readonly visited: ReadonlySet<string> };
  close(): Promise<void>;
}

const GAME = fileURLToPath(new URL("./game.ts", import.meta.url));
const KEY_SECRET = "a-secret-of-the-studio";
const SERVER_KEY = `wk_studio_${KEY_SECRET}`;
const ENV = {
  WARREN_SERVER_KEYS: `studio:${createHash("sha256").update(KEY_SECRET).digest("hex")}:messages`,
  WARREN_REQUESTS_PER_MINUTE_MAX: "1000000",
  WARREN_GUESTS_PER_MINUTE_MAX: "1000000",
};

/** As one public address does that takes a node by turns: seldom the room's own, and another one after every cut. */
function nextNode(nodes: readonly string[]): () => Route {
  let come = 0;
  return () => {
    let at = come++;
    return (url) => {
      const target = new URL(url);
      target.host = new URL(nodes[at++ % nodes.length] as string).host;
      return target.href;
    };
  };
}

export const worlds: readonly { readonly title: string; start(): Promise<RunningWorld> }[] = [
  { title: "one process", start: oneProcess },
  {
    title: "two matchmakers and two room-servers on one NATS server",
    start: () => cluster({ matchmakers: 2, rooms: 2, nats: 1 }),
  },
  {
    title: "two matchmakers and two room-servers behind one public address",
    start: () => cluster({ matchmakers: 2, rooms: 2, nats: 1 }, { WARREN_RELAY: "true" }, nextNode),
  },
  {
    title: "three matchmakers and three room-servers on three NATS servers",
    start: () => cluster({ matchmakers: 3, rooms: 3, nats: 3 }),
  },
];

async function oneProcess(): Promise<RunningWorld> {
  const { server, url } = await warrenDev([GAME], {
    ...ENV,
    WARREN_LOG_LEVEL: "info",
    WARREN_LOG_FORMAT: "json",
  });
  const [, adminPort] = await server.said(/"adminPort":(\d+)/);
  return {
    matchmakers: [url],
    adminUrls: [`http://127.0.0.1:${adminPort}`],
    serverKey: SERVER_KEY,
    nodes: { count: 1, visited: new Set([url]) },
    route: () => straight,
    close: async () => void (await server.end("SIGKILL")),
  };
}

async function cluster(
  size: { matchmakers: number; rooms: number; nats: 1 | 3 },
  roomsEnv: Record<string, string> = {},
  routes: (nodes: readonly string[]) => () => Route = () => () => straight,
): Promise<RunningWorld> {
  const testbed = await Testbed.start({ ...size, game: GAME, env: ENV, roomsEnv: () => roomsEnv });
  const next = routes(testbed.rooms.map(({ url }) => url));
  const visited = new Set<string>();
  // Every matchmaker has dialled every room-server.
  await eventually(() => {
    const missing = testbed.matchmakers.find((member) =>
      testbed.rooms.some(({ id }) => !member.output().includes(`"nodeId":"${id}","event":"node.up"`)),
    );
    return missing && `${missing.url} does not know all room-servers`;
  });
  return {
    matchmakers: testbed.matchmakers.map(({ url }) => url),
    adminUrls: testbed.matchmakers.map(({ adminUrl }) => adminUrl),
    serverKey: SERVER_KEY,
    nodes: { count: size.rooms, visited },
    route() {
      const route = next();
      return (url) => {
        const to = route(url);
        visited.add(new URL(to).host);
        return to;
      };
    },
    close: () => testbed.close(),
  };
}
