import { drive } from "../src/bot.ts";
import { FIELD_HEIGHT, FIELD_WIDTH, HP_MAX, TICK_HZ } from "../src/rules.ts";
import type { ShipRow } from "../src/schema.ts";
import { stepShip } from "../src/ship.ts";
import { draw } from "./draw.ts";
import { colourOf } from "./palette.ts";
import { Particles } from "./particles.ts";

const SHIPS = 6;
const ROCKS = [
  { x: 480, y: 380, radius: 80 },
  { x: 1_400, y: 330, radius: 64 },
  { x: 1_450, y: 960, radius: 90 },
  { x: 520, y: 980, radius: 55 },
];

/** Behind the start card: a few ships of nobody, flown by the game's own bot and step. */
export function runAttract(canvas: HTMLCanvasElement, signal: AbortSignal): void {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const particles = new Particles(isCalm);
  const ships = new Map(Array.from({ length: SHIPS }, (_, slot) => [String(slot), makeShip(slot)]));
  const sight = { rocks: ROCKS, ships, pickups: new Map() };
  let tick = 1_000;
  let lastMs = performance.now();
  const frame = (nowMs: number) => {
    if (signal.aborted) return;
    if (!isCalm) requestAnimationFrame(frame);
    const dtMs = Math.min(50, nowMs - lastMs);
    lastMs = nowMs;
    tick += (dtMs / 1000) * TICK_HZ;
    for (const ship of ships.values()) {
      const input = drive(ship, sight, Math.floor(tick));
      Object.assign(ship, stepShip(ship, input, dtMs, ROCKS), { thrusting: input.thrust > 50 });
      if (ship.thrusting) particles.exhaust(ship.x, ship.y, ship.angle, colourOf(ship.slot));
    }
    const camera = {
      x: FIELD_WIDTH / 2 + Math.sin(tick / 210) * 160,
      y: FIELD_HEIGHT / 2 + Math.cos(tick / 260) * 90,
    };
    const scene = {
      tick,
      ownId: "",
      ships,
      shots: [],
      pickups: [],
      rocks: ROCKS,
      bubbles: new Map(),
      camera,
    };
    draw(canvas, { ...scene, particles }, dtMs / 1000);
  };
  requestAnimationFrame(frame);
}

function makeShip(slot: number): ShipRow {
  const angle = (slot / SHIPS) * 2 * Math.PI;
  return {
    x: FIELD_WIDTH / 2 + Math.cos(angle) * 430,
    y: FIELD_HEIGHT / 2 + Math.sin(angle) * 300,
    vx: 0,
    vy: 0,
    angle: angle + 1.9,
    thrusting: true,
    hp: HP_MAX,
    score: 0,
    name: "",
    isBot: true,
    slot,
    spawnTick: 0,
    reloadTick: 0,
    tripleTick: 0,
    sayTick: 0,
  };
}
