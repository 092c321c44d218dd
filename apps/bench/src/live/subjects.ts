import type { Subject } from "../benchmark.ts";

/** Warren, as all benchmarks on real sockets name it. */
export const OURS: Subject = {
  id: "ours",
  about: "warren dev: sessions, sequence numbers, limits and schema as in any studio's room",
  isPeer: false,
};

const peer = (id: string, about: string): Subject => ({ id, about, isPeer: true });

const ON_UWS = "on uWebSockets.js";
const COLYSEUS_UWS = peer("colyseus-uws", `Colyseus 0.18 ${ON_UWS}`);
const COLYSEUS_WS = peer("colyseus-ws", "Colyseus 0.18 on ws");
export const SOCKETIO_UWS = peer("socketio-uws", `Socket.IO 4.8 ${ON_UWS}`);
const SOCKETIO_WS = peer("socketio-ws", "Socket.IO 4.8 on ws");

export const COLYSEUS_QUANTISED = peer(
  "colyseus-quantised-uws",
  `Colyseus 0.18 ${ON_UWS}, with the same quanta as ours`,
);
export const WS = peer("ws", "by hand on ws");
/** The limit: what a good engineer writes by hand for exactly this. */
export const RAW_UWS: Subject = {
  ...peer("raw-uws", `by hand ${ON_UWS}: no sessions, no limits, no schema`),
  isLimit: true,
};

/** On both of its transports. */
export const COLYSEUS = [COLYSEUS_UWS, COLYSEUS_WS];
export const FRAMEWORKS = [...COLYSEUS, SOCKETIO_UWS, SOCKETIO_WS];
/** Who counts as a peer: servers one would write a game on, each on both of its transports. */
export const PEER_IDS = FRAMEWORKS.map(({ id }) => id);
