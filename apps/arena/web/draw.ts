import { FIELD_HEIGHT, FIELD_WIDTH, HP_MAX, SHIELD_TICKS, SHIP_RADIUS } from "../src/rules.ts";
import type { PickupRow, RockRow, ShipRow, ShotRow } from "../src/schema.ts";
import { clamp } from "../src/ship.ts";
import { shotAt } from "../src/shot.ts";
import { drawBackdrop } from "./backdrop.ts";
import { drawLight, glowLine } from "./glow.ts";
import { colourOf, PICKUP_LOOKS } from "./palette.ts";
import type { Particles } from "./particles.ts";
import type { ShownShot } from "./timeline.ts";

/** All that one picture shows. Positions are those of `tick`, which is most often between two ticks of the room. */
export interface Scene {
  readonly tick: number;
  readonly ownId: string;
  readonly ships: ReadonlyMap<string, Readonly<ShipRow>>;
  readonly shots: Iterable<ShownShot>;
  readonly pickups: readonly Readonly<PickupRow>[];
  readonly rocks: readonly RockRow[];
  /** What ships say now, by ship. */
  readonly bubbles: ReadonlyMap<string, string>;
  readonly camera: Camera;
  readonly particles: Particles;
}

export interface Camera {
  readonly x: number;
  readonly y: number;
}

type Context = CanvasRenderingContext2D;

/** Draws a scene over the whole canvas, which follows its CSS size and the screen's pixels. */
export function draw(canvas: HTMLCanvasElement, scene: Scene, dtS: number): void {
  const c = canvas.getContext("2d");
  if (!c) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const pixels = Math.min(devicePixelRatio, 2);
  const [w, h] = [Math.round(width * pixels), Math.round(height * pixels)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  // About as much of the field on every screen, whatever its shape.
  const scale = Math.sqrt(width * height) / 880;
  const camera = {
    x: keepInside(scene.camera.x, width / scale, FIELD_WIDTH),
    y: keepInside(scene.camera.y, height / scale, FIELD_HEIGHT),
  };
  c.setTransform(pixels, 0, 0, pixels, 0, 0);
  drawBackdrop(c, width, height, camera, scale);

  c.translate(width / 2, height / 2);
  c.scale(scale, scale);
  c.translate(-camera.x, -camera.y);
  scene.rocks.forEach((rock, i) => {
    drawRock(c, rock, i);
  });
  for (const pickup of scene.pickups) drawPickup(c, pickup, scene.tick);
  c.globalCompositeOperation = "lighter";
  for (const { x, y, kind } of scene.pickups) drawLight(c, x, y, 46, PICKUP_LOOKS[kind].colour, 0.5);
  for (const ship of scene.ships.values()) {
    if (ship.hp > 0) drawLight(c, ship.x, ship.y, 62, colourOf(ship.slot), 0.42);
  }
  for (const { shot, tick } of scene.shots) drawShot(c, shot, tick);
  scene.particles.draw(c, dtS);
  c.globalCompositeOperation = "source-over";
  for (const ship of scene.ships.values()) if (ship.hp > 0) drawShip(c, ship, scene.tick);
  for (const [id, ship] of scene.ships) {
    if (ship.hp > 0 && ship.name) drawTag(c, ship, id === scene.ownId, scene.bubbles.get(id));
  }

  c.setTransform(pixels, 0, 0, pixels, 0, 0);
  if (scene.ownId) drawMap(c, scene, width, height);
}

/** Near a wall the camera stays back, so that most of the screen is field. */
function keepInside(centre: number, seen: number, field: number): number {
  const margin = seen * 0.36;
  return margin * 2 > field ? field / 2 : clamp(centre, margin, field - margin);
}

const HULL = new Path2D("M21 0 -14 13 -8 0 -14 -13Z");
const COCKPIT = new Path2D("M9 0 -2 3.5 -4 0 -2 -3.5Z");

function drawShip(c: Context, ship: Readonly<ShipRow>, tick: number): void {
  const colour = colourOf(ship.slot);
  c.save();
  c.translate(ship.x, ship.y);
  c.rotate(ship.angle);
  if (ship.thrusting) {
    const length = 24 + 7 * Math.sin(tick * 2.9 + ship.slot) + 4 * Math.sin(tick * 7.1);
    const flame = c.createLinearGradient(-8, 0, -8 - length, 0);
    flame.addColorStop(0, "#fff");
    flame.addColorStop(0.3, colour);
    flame.addColorStop(1, "transparent");
    c.fillStyle = flame;
    c.fill(new Path2D(`M-9 5 ${-9 - length} 0 -9 -5Z`));
  }
  c.fillStyle = "#0b1122";
  c.fill(HULL);
  c.globalAlpha = 0.28;
  c.fillStyle = colour;
  c.fill(HULL);
  glowLine(c, HULL, colour, 2);
  c.fillStyle = "#fff";
  c.globalAlpha = 0.85;
  c.fill(COCKPIT);
  c.restore();

  const shieldLeft = ship.spawnTick + SHIELD_TICKS - tick;
  if (shieldLeft > 0) {
    const ring = new Path2D();
    ring.arc(ship.x, ship.y, SHIP_RADIUS + 12, 0, 2 * Math.PI * Math.min(1, shieldLeft / SHIELD_TICKS));
    glowLine(c, ring, "#bfe9ff", 1.5);
  }
  if (ship.tripleTick > tick) {
    c.fillStyle = PICKUP_LOOKS.triple.colour;
    for (let i = 0; i < 3; i++) {
      const angle = tick / 7 + (i * 2 * Math.PI) / 3;
      c.beginPath();
      c.arc(ship.x + Math.cos(angle) * 29, ship.y + Math.sin(angle) * 29, 2.5, 0, 7);
      c.fill();
    }
  }
}

function drawTag(c: Context, ship: Readonly<ShipRow>, isOwn: boolean, says: string | undefined): void {
  const { x, y } = ship;
  c.textAlign = "center";
  c.font = `${isOwn ? 700 : 500} 13px ui-sans-serif, system-ui, sans-serif`;
  c.fillStyle = isOwn ? "#ffffff" : "#b9c8e4";
  c.fillText(ship.name, x, y - 42);
  c.fillStyle = "rgb(143 163 196 / 25%)";
  c.fillRect(x - 22, y - 36, 44, 4);
  c.fillStyle = ship.hp > 50 ? "#6dffa8" : ship.hp > 20 ? "#ffd166" : "#ff6b7d";
  c.fillRect(x - 22, y - 36, (44 * ship.hp) / HP_MAX, 4);
  if (!says) return;
  c.font = "600 15px ui-sans-serif, system-ui, sans-serif";
  const width = c.measureText(says).width + 20;
  c.fillStyle = "rgb(232 241 255 / 92%)";
  c.beginPath();
  c.roundRect(x - width / 2, y - 86, width, 26, 13);
  c.fill();
  c.fillStyle = "#0b1122";
  c.fillText(says, x, y - 68);
}

function drawShot(c: Context, shot: Readonly<ShotRow>, tick: number): void {
  const head = shotAt(shot, tick);
  const tail = shotAt(shot, Math.max(shot.bornTick, tick - 0.8));
  const colour = colourOf(shot.by);
  drawLight(c, (head.x + tail.x) / 2, (head.y + tail.y) / 2, 30, colour, 0.85);
  c.lineCap = "round";
  c.strokeStyle = colour;
  c.lineWidth = 4;
  c.beginPath();
  c.moveTo(tail.x, tail.y);
  c.lineTo(head.x, head.y);
  c.stroke();
  c.strokeStyle = "#fff";
  c.lineWidth = 1.6;
  c.stroke();
}

function drawPickup(c: Context, pickup: Readonly<PickupRow>, tick: number): void {
  const { colour, sign } = PICKUP_LOOKS[pickup.kind];
  const size = 15 + Math.sin(tick / 6 + pickup.x) * 1.5;
  const box = new Path2D();
  for (let i = 0; i < 6; i++) {
    const angle = (i * Math.PI) / 3 + tick / 60;
    box.lineTo(pickup.x + Math.cos(angle) * size, pickup.y + Math.sin(angle) * size);
  }
  box.closePath();
  glowLine(c, box, colour, 2);
  c.fillStyle = colour;
  c.textAlign = "center";
  c.font = "700 18px ui-sans-serif, system-ui, sans-serif";
  c.fillText(sign, pickup.x, pickup.y + 6);
}

/** The room knows rocks as circles; corners and craters are drawn from the rock's number, alike for everyone. */
function drawRock(c: Context, rock: RockRow, index: number): void {
  const outline = new Path2D();
  for (let i = 0; i < 11; i++) {
    const angle = (i * 2 * Math.PI) / 11;
    const reach = rock.radius * (0.94 + 0.08 * Math.sin(i * 2.7 + index * 5.1));
    outline.lineTo(rock.x + Math.cos(angle) * reach, rock.y + Math.sin(angle) * reach);
  }
  outline.closePath();
  const shade = c.createRadialGradient(
    rock.x - rock.radius * 0.4,
    rock.y - rock.radius * 0.5,
    rock.radius * 0.1,
    rock.x,
    rock.y,
    rock.radius,
  );
  shade.addColorStop(0, "#2b3a5e");
  shade.addColorStop(1, "#101a33");
  c.fillStyle = shade;
  c.fill(outline);
  glowLine(c, outline, "#5b739f", 1.6);
  c.globalAlpha = 0.5;
  for (let i = 0; i < 3; i++) {
    const angle = index * 1.9 + i * 2.2;
    const crater = new Path2D();
    const away = rock.radius * (0.28 + 0.14 * i);
    crater.arc(
      rock.x + Math.cos(angle) * away,
      rock.y + Math.sin(angle) * away,
      rock.radius * (0.1 + 0.04 * i),
      0,
      7,
    );
    c.lineWidth = 1.4;
    c.stroke(crater);
  }
  c.globalAlpha = 1;
}

/** The whole field, small, in the corner. */
function drawMap(c: Context, scene: Scene, width: number, height: number): void {
  const isSmall = width < 640;
  const w = isSmall ? 96 : 168;
  const scale = w / FIELD_WIDTH;
  const h = FIELD_HEIGHT * scale;
  const left = width - w - 16;
  const top = isSmall ? 150 : height - h - 38;
  c.globalAlpha = 0.75;
  c.fillStyle = "#0a1020";
  c.strokeStyle = "#24365c";
  c.lineWidth = 1;
  c.fillRect(left, top, w, h);
  c.strokeRect(left, top, w, h);
  c.fillStyle = "#2a3b60";
  for (const rock of scene.rocks) {
    c.beginPath();
    c.arc(left + rock.x * scale, top + rock.y * scale, rock.radius * scale, 0, 7);
    c.fill();
  }
  c.globalAlpha = 1;
  for (const [id, ship] of scene.ships) {
    if (ship.hp === 0) continue;
    const size = id === scene.ownId ? 5 : 3;
    c.fillStyle = id === scene.ownId ? "#ffffff" : colourOf(ship.slot);
    c.fillRect(left + ship.x * scale - size / 2, top + ship.y * scale - size / 2, size, size);
  }
}
