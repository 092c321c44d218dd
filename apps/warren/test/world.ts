import type { Cluster } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineQueue, defineRoom, type Game, Refusal, t } from "@warren/game";
import { systemClock } from "@warren/kernel";
import { matchmakerOptions, type RunningMatchmaker, startMatchmaker } from "@warren/matchmaker";
import { type RunningRoomServer, roomServerOptions, startRoomServer } from "@warren/room-server";
import { createLogger, createRegistry, type Registry, readConfig } from "@warren/service";

const log = createLogger({ name: "test", level: "silent", format: "json" });

/** Counts, so that an action that ran twice would show. */
const Counter = t.struct({ name: t.string(16), added: t.u32(), steered: t.i8() });

const counter = defineRoom({
  seats: 3,
  tickHz: 50,
  sendHz: 50,
  resumeGraceMs: 3_000,
  options: t.struct({ start: t.u32() }),
  join: t.struct({ name: t.string(16) }),
  state: t.state({ total: t.u32(), players: t.table(Counter) }),
  input: t.struct({ steer: t.i8() }),
  actions: {
    add: t.action({ by: t.u8() }, { total: t.u32() }),
    stop: t.action({}, {}),
  },
  events: { added: t.event({ by: t.u8(), total: t.u32() }) },
  onCreate(room) {
    room.state.total = room.options.start;
  },
  onJoin(room, player) {
    room.state.players.add(player.id, { name: player.join.name, added: 0, steered: 0 });
  },
  onLeave(room, player) {
    room.state.players.delete(player.id);
  },
  onTick(room) {
    for (const [id, player] of room.players) {
      const row = room.state.players.get(id);
      if (row) row.steered = player.input.steer;
    }
  },
  on: {
    add(room, player, { by }) {
      if (by === 0) throw new Refusal("nothing to add");
      room.state.total += by;
      const row = room.state.players.get(player.id);
      if (row) row.added += 1;
      room.emit("added", { by, total: room.state.total });
      return { total: room.state.total };
    },
    stop(room) {
      room.end();
      return {};
    },
  },
});

/** No ticks, and it greets whoever comes. */
const board = defineRoom({
  seats: 2,
  state: t.state({ moves: t.u8(), over: t.bool() }),
  actions: { move: t.action({}, { moves: t.u8() }), finish: t.action({}, {}) },
  events: { hello: t.event({ to: t.playerId() }), moved: t.event({ moves: t.u8() }) },
  onJoin(room, player) {
    room.emit("hello", { to: player.id });
  },
  on: {
    move(room) {
      room.state.moves += 1;
      room.emit("moved", { moves: room.state.moves });
      return { moves: room.state.moves };
    },
    finish(room) {
      room.state.over = true;
      room.end();
      return {};
    },
  },
});

const game = defineGame({
  rooms: { counter, board },
  queues: {
    solo: defineQueue({ room: "counter", size: 1, options: { start: 100 } }),
    duel: defineQueue({ room: "counter", size: 2, options: { start: 0 } }),
    slow: defineQueue({ room: "counter", size: 3, options: { start: 0 }, expireMs: 60_000 }),
  },
});
export type TestGame = typeof game;

/** A whole cluster in this process: real sockets and gRPC on free ports, the log in memory or where `connect` says. */
export class World {
  readonly cluster = memoryCluster(systemClock);
  readonly #game: Game;
  readonly #connect: (() => Promise<Cluster>) | undefined;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(ofGame: Game = game, connect?: () => Promise<Cluster>) {
    this.#game = ofGame;
    this.#connect = connect;
  }

  async #clusterOfOne(): Promise<Cluster> {
    if (!this.#connect) return this.cluster;
    const cluster = await this.#connect();
    this.#closing.push(() => cluster.close());
    return cluster;
  }

  /** `ofGame`: what the node runs, if that is another game. */
  async rooms(
    settings: Record<string, string> = {},
    ofGame = this.#game,
  ): Promise<RunningRoomServer & { registry: Registry }> {
    const env = {
      WARREN_ROOMS_PORT: "0",
      WARREN_ROOMS_HOST: "127.0.0.1",
      WARREN_STOP_MS: "1000",
      ...settings,
    };
    const { config } = readConfig(roomServerOptions, env, []);
    const registry = createRegistry("rooms");
    const cluster = await this.#clusterOfOne();
    const running = await startRoomServer({ config, game: ofGame, cluster, log, registry });
    this.#closing.push(() => running.close());
    return { ...running, registry };
  }

  async matchmaker(
    settings: Record<string, string> = {},
  ): Promise<RunningMatchmaker & { url: string; registry: Registry }> {
    const env = {
      WARREN_HTTP_PORT: "0",
      WARREN_STOP_MS: "1000",
      WARREN_AUTH_SECRET: "a secret that is only for tests, 32+",
      ...settings,
    };
    const { config } = readConfig(matchmakerOptions, env, []);
    const registry = createRegistry("matchmaker");
    const cluster = await this.#clusterOfOne();
    const running = await startMatchmaker({
      config,
      game: this.#game,
      cluster,
      log,
      registry,
    });
    this.#closing.push(() => running.close());
    return { ...running, url: `http://127.0.0.1:${running.port}`, registry };
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    await this.cluster.close();
  }
}
