import { defineGame, defineQueue, defineRoom, Refusal } from "@warren/game";
import { drive } from "./bot.ts";
import { botName, playerName } from "./names.ts";
import {
  FIELD_HEIGHT,
  FIELD_WIDTH,
  HP_MAX,
  PICKUP_EVERY_MS,
  PICKUP_RADIUS,
  PICKUPS_MAX,
  RELOAD_TICKS,
  REPAIR_HP,
  RESPAWN_TICKS,
  RESULTS_MS,
  ROCKS,
  ROUND_MS,
  SAY_EVERY_TICKS,
  SEATS,
  SHIELD_TICKS,
  SHIP_RADIUS,
  SHOT_DAMAGE,
  SHOT_RADIUS,
  SHOT_TICKS,
  TICK_HZ,
  TRIPLE_SPREAD,
  TRIPLE_TICKS,
} from "./rules.ts";
import {
  type ArenaRoom,
  actions,
  events,
  freeSlot,
  input,
  join,
  type RockRow,
  rewind,
  type ShipRow,
  state,
} from "./schema.ts";
import { stepShip } from "./ship.ts";
import { isBlocked, passes, shotAt, shotFrom } from "./shot.ts";

const arena = defineRoom({
  seats: SEATS,
  tickHz: TICK_HZ,
  sendHz: TICK_HZ,
  spectators: 100,
  join,
  state,
  input,
  actions,
  events,
  rewind,

  onCreate(room) {
    room.state.rocks = scatterRocks(room);
    startRound(room);
    room.after(PICKUP_EVERY_MS, "pickup");
  },

  onJoin(room, player) {
    const { ships } = room.state;
    const taken = new Set([...ships.values()].map((ship) => ship.name));
    const ship = ships.add(player.id, {
      name: player.isBot ? botName(taken, room.random()) : playerName(player.join.name, taken),
      isBot: player.isBot,
      slot: freeSlot(ships),
    });
    spawn(room, ship);
  },

  onLeave(room, player) {
    const { ships, shots } = room.state;
    // The slot is free for the next to come, who must not score with the shots of another.
    for (const [key, shot] of shots) if (shot.by === ships.get(player.id)?.slot) shots.delete(key);
    ships.delete(player.id);
  },

  onTick(room, dtMs) {
    for (const player of room.players.values()) {
      const ship = room.state.ships.get(player.id);
      if (!ship) continue;
      if (ship.hp === 0) {
        if (room.tick >= ship.spawnTick) spawn(room, ship);
        continue;
      }
      Object.assign(ship, stepShip(ship, player.input, dtMs, room.state.rocks));
      ship.thrusting = player.input.thrust > 0;
      if (player.input.fire && room.state.phase === "fight") fire(room, ship);
    }
    moveShots(room);
    takePickups(room);
  },

  timers: {
    roundOver(room) {
      room.state.phase = "results";
      room.state.endsTick = room.tick + ticks(RESULTS_MS);
      for (const key of room.state.shots.keys()) room.state.shots.delete(key);
      const [best] = [...room.state.ships.values()].sort((a, b) => b.score - a.score);
      const hasWinner = best !== undefined && best.score > 0;
      room.emit("roundOver", { winner: hasWinner ? best.name : "", score: best?.score ?? 0 });
      // The match is the first round; who stays plays on for fun.
      if (room.state.round === 1) room.report({ teams: ranking(room) });
      room.after(RESULTS_MS, "nextRound");
    },
    nextRound(room) {
      startRound(room);
    },
    pickup(room) {
      const { pickups } = room.state;
      if (pickups.size < PICKUPS_MAX) {
        pickups.add(`p${room.tick}`, {
          ...freePoint(room, PICKUP_RADIUS),
          kind: room.random() < 0.55 ? "repair" : "triple",
        });
      }
      room.after(PICKUP_EVERY_MS, "pickup");
    },
  },

  on: {
    say(room, player, { word }) {
      const ship = room.state.ships.get(player.id);
      if (!ship) throw new Refusal("You have no ship.");
      if (room.tick < ship.sayTick) throw new Refusal("One word at a time.");
      ship.sayTick = room.tick + SAY_EVERY_TICKS;
      room.emit("said", { ship: player.id, word });
      return { reached: [...room.players.values()].filter((p) => !p.isBot && p.id !== player.id).length };
    },
  },

  bot(room, player) {
    const ship = room.state.ships.get(player.id);
    return ship ? drive(ship, room.state, room.tick) : { thrust: 0, turn: 0, fire: false };
  },
});

/** Everyone for themselves: the most points first, equal points are equal ranks. */
function ranking(room: ArenaRoom) {
  const scores = [...room.players.keys()].map((id) => ({ id, score: room.state.ships.get(id)?.score ?? 0 }));
  return scores.map(({ id, score }) => ({
    rank: 1 + scores.filter((other) => other.score > score).length,
    players: [id],
  }));
}

function ticks(ms: number): number {
  return Math.round((ms * TICK_HZ) / 1000);
}

function startRound(room: ArenaRoom): void {
  room.state.phase = "fight";
  room.state.round += 1;
  room.state.endsTick = room.tick + ticks(ROUND_MS);
  for (const ship of room.state.ships.values()) {
    ship.score = 0;
    spawn(room, ship);
  }
  room.after(ROUND_MS, "roundOver");
}

/** Brings a ship in: at the emptiest of a few places, whole, and safe for a moment. */
function spawn(room: ArenaRoom, ship: ShipRow): void {
  const others = [...room.state.ships.values()].filter((other) => other.slot !== ship.slot && other.hp > 0);
  const space = (point: { x: number; y: number }) =>
    Math.min(...others.map((other) => Math.hypot(other.x - point.x, other.y - point.y)));
  const places = Array.from({ length: 6 }, () => freePoint(room, SHIP_RADIUS));
  const place = places.reduce((best, next) => (space(next) > space(best) ? next : best));
  Object.assign(ship, place, {
    vx: 0,
    vy: 0,
    angle: Math.atan2(FIELD_HEIGHT / 2 - place.y, FIELD_WIDTH / 2 - place.x),
    thrusting: false,
    hp: HP_MAX,
    spawnTick: room.tick,
    tripleTick: 0,
  });
}

function fire(room: ArenaRoom, ship: ShipRow): void {
  if (room.tick < ship.reloadTick) return;
  ship.reloadTick = room.tick + RELOAD_TICKS;
  // Who fires gives up the shield.
  ship.spawnTick = Math.min(ship.spawnTick, Math.max(0, room.tick - SHIELD_TICKS));
  const angles = room.tick < ship.tripleTick ? [-TRIPLE_SPREAD, 0, TRIPLE_SPREAD] : [0];
  angles.forEach((offset, i) => {
    const key = `${ship.slot}${"abc"[i]}${room.tick.toString(36)}`;
    room.state.shots.add(key, shotFrom(ship, ship.angle + offset, room.tick));
  });
}

function moveShots(room: ArenaRoom): void {
  const { shots, ships, rocks } = room.state;
  const seenBy = new Map(
    [...room.players.keys()].map((id) => [ships.get(id)?.slot, room.rewind(id, "ships")]),
  );
  for (const [key, shot] of shots) {
    if (shot.bornTick === room.tick) continue;
    const from = shotAt(shot, room.tick - 1);
    const to = shotAt(shot, room.tick);
    // The page draws a player's own shots ahead, with the own ship, and all others as they were a little ago.
    const target = [...ships].find(([id, ship]) => {
      const seen = seenBy.get(shot.by)?.get(id) ?? ship;
      return ship.slot !== shot.by && ship.hp > 0 && passes(from, to, seen, SHIP_RADIUS + SHOT_RADIUS);
    });
    if (target) hurt(room, target[0], target[1], shot.by);
    if (target || room.tick - shot.bornTick >= SHOT_TICKS || isBlocked(from, to, rocks)) shots.delete(key);
  }
}

function hurt(room: ArenaRoom, id: string, ship: ShipRow, slot: number): void {
  if (room.tick < ship.spawnTick + SHIELD_TICKS) return;
  const shooter = [...room.state.ships].find(([, other]) => other.slot === slot);
  if (!shooter) return;
  const [by, byShip] = shooter;
  const damage = Math.min(SHOT_DAMAGE, ship.hp);
  ship.hp -= damage;
  room.emit("hit", { ship: id, by, damage });
  if (ship.hp > 0) return;
  byShip.score += 1;
  ship.thrusting = false;
  ship.spawnTick = room.tick + RESPAWN_TICKS;
  room.emit("kill", { ship: id, by });
}

function takePickups(room: ArenaRoom): void {
  for (const [key, pickup] of room.state.pickups) {
    for (const [id, ship] of room.state.ships) {
      if (ship.hp === 0) continue;
      if (Math.hypot(ship.x - pickup.x, ship.y - pickup.y) > SHIP_RADIUS + PICKUP_RADIUS) continue;
      if (pickup.kind === "repair") ship.hp = Math.min(HP_MAX, ship.hp + REPAIR_HP);
      else ship.tripleTick = room.tick + TRIPLE_TICKS;
      room.emit("pickup", { ship: id, kind: pickup.kind });
      room.state.pickups.delete(key);
      break;
    }
  }
}

function scatterRocks(room: ArenaRoom): RockRow[] {
  const rocks: RockRow[] = [];
  for (let tries = 0; rocks.length < ROCKS && tries < 200; tries++) {
    const radius = 40 + Math.floor(room.random() * 55);
    const point = randomPoint(room, 200);
    const isClear = rocks.every(
      (rock) => Math.hypot(rock.x - point.x, rock.y - point.y) > rock.radius + radius + 160,
    );
    if (isClear) rocks.push({ ...point, radius });
  }
  return rocks;
}

/** A place that no rock covers. */
function freePoint(room: ArenaRoom, radius: number): { x: number; y: number } {
  for (;;) {
    const point = randomPoint(room, 120);
    const isFree = room.state.rocks.every(
      (rock) => Math.hypot(rock.x - point.x, rock.y - point.y) > rock.radius + radius + 20,
    );
    if (isFree) return point;
  }
}

function randomPoint(room: ArenaRoom, margin: number): { x: number; y: number } {
  return {
    x: Math.round(margin + room.random() * (FIELD_WIDTH - 2 * margin)),
    y: Math.round(margin + room.random() * (FIELD_HEIGHT - 2 * margin)),
  };
}

/** Whoever is there: two at once, one after 2.5 s. Bots fill the arena up to five and give their seats to players. */
const ffa = defineQueue({
  room: "arena",
  size: SEATS,
  relax: [
    { atMs: 0, min: 2, fillTo: 5 },
    { atMs: 2_500, min: 1, fillTo: 5 },
  ],
  backfill: true,
});

/** One against one by rating: the nearest at once, anybody after a minute, and a bot rather than nobody. */
const duel = defineQueue({
  room: "arena",
  size: 2,
  party: { max: 1 },
  rating: { name: "duel-rating" },
  skill: {
    attribute: "duel-rating",
    windows: [
      { atMs: 0, value: 100 },
      { atMs: 60_000, value: 1_500 },
    ],
    interpolate: "linear",
    sigma: 0.2,
  },
  relax: [{ atMs: 90_000, min: 1, fillTo: 2 }],
});

export default defineGame({ rooms: { arena }, queues: { ffa, duel } });
