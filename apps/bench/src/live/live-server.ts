import type { WireProtocol } from "./generator.ts";

/** What the rooms of a server do; the same for all servers of a workload. */
export interface Scene {
  /** Seats of a room; all of them are taken. */
  readonly players: number;
  /** Ticks a second, at each of which every player's entity moves and the state is sent; 0: the room only answers. */
  readonly tickHz: number;
  /** The next tick as soon as the last was sent, or as soon as the server lets a room tick. */
  readonly maxSpeed: boolean;
}

/** A server in a process of its own, with one core for it. */
export interface LiveServer {
  readonly pid: number;
  readonly protocol: WireProtocol;
  /** Where clients connect to, unless an answer names another. */
  readonly port: number;
  /** Makes so many players known, who have all that lasts for longer than a seat. @default nothing lasts */
  prepare?(clients: number): Promise<void>;
  /** HTTP requests, raw, each of which leads to a seat for one client; "": none is needed. Rooms are opened, and fill up in order. */
  requests(clients: number): Promise<string[]>;
  /** Time all its threads have had on a processor so far, ns. */
  cpuNs(): number;
  /** Resident memory after a full collection, bytes. Only of a server that was started with `gc`. */
  rssAfterGc(): Promise<number>;
  /** What it counted so far, by name; undefined: it counts nothing. */
  counts?(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export interface LiveServerOptions {
  readonly scene: Scene;
  /** Collects garbage when it is told to: for {@link LiveServer.rssAfterGc}. @default false */
  readonly gc?: boolean;
  /** Another game of ours than live-game.ts, compiled, with a room for the scene. Peers have none. */
  readonly game?: string;
}
