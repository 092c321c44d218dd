import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { OpenWebSocket, WebSocketLike } from "@warren/client";
import { Testbed } from "@warren/testbed";
import { eventually } from "@warren/testkit";
import { WebSocket } from "ws";
import { warrenDev } from "../processes.ts";
import type { World } from "./world.ts";

export interface RunningWorld extends World {
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

/** To where the seat's URL says. */
const straight: OpenWebSocket = async (url, protocol) =>
  new WebSocket(url, protocol) as unknown as WebSocketLike;

export const worlds: readonly { readonly title: string; start(): Promise<RunningWorld> }[] = [
  { title: "one process", start: oneProcess },
  {
    title: "two matchmakers and two room-servers on one NATS server",
    start: () => cluster({ matchmakers: 2, rooms: 2, nats: 1 }),
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
    socketOpener: () => straight,
    close: async () => void (await server.end("SIGKILL")),
  };
}

async function cluster(size: { matchmakers: number; rooms: number; nats: 1 | 3 }): Promise<RunningWorld> {
  const testbed = await Testbed.start({ ...size, game: GAME, env: ENV });
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
    socketOpener: () => straight,
    close: () => testbed.close(),
  };
}
