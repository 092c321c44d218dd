import { FIELD_HEIGHT, FIELD_WIDTH } from "../src/rules.ts";
import type { Camera } from "./draw.ts";

const GRID = 100;
const TILE = 512;
/** Layers of stars: the further away, the slower they pass. */
const LAYERS = [
  { depth: 0.15, stars: scatter(1, 70), size: 1, alpha: 0.45 },
  { depth: 0.35, stars: scatter(2, 34), size: 1.5, alpha: 0.65 },
  { depth: 0.6, stars: scatter(3, 14), size: 2.1, alpha: 0.9 },
];

/** Space, stars in parallax, and the floor of the field with its glowing border. */
export function drawBackdrop(
  c: CanvasRenderingContext2D,
  width: number,
  height: number,
  camera: Camera,
  scale: number,
): void {
  const space = c.createRadialGradient(
    width / 2,
    height / 2,
    0,
    width / 2,
    height / 2,
    Math.max(width, height) * 0.75,
  );
  space.addColorStop(0, "#101a36");
  space.addColorStop(0.6, "#0a1022");
  space.addColorStop(1, "#05070f");
  c.fillStyle = space;
  c.fillRect(0, 0, width, height);

  for (const { depth, stars, size, alpha } of LAYERS) {
    c.fillStyle = `rgb(200 220 255 / ${alpha})`;
    const left = -mod(camera.x * depth * scale, TILE);
    const top = -mod(camera.y * depth * scale, TILE);
    for (let x = left; x < width; x += TILE) {
      for (let y = top; y < height; y += TILE) {
        for (const star of stars) c.fillRect(x + star.x, y + star.y, size, size);
      }
    }
  }

  const left = width / 2 - camera.x * scale;
  const top = height / 2 - camera.y * scale;
  const [w, h] = [FIELD_WIDTH * scale, FIELD_HEIGHT * scale];
  c.fillStyle = "rgb(70 110 210 / 7%)";
  c.fillRect(left, top, w, h);
  c.strokeStyle = "rgb(96 132 200 / 13%)";
  c.lineWidth = 1;
  c.beginPath();
  for (let x = GRID; x < FIELD_WIDTH; x += GRID) {
    c.moveTo(left + x * scale, top);
    c.lineTo(left + x * scale, top + h);
  }
  for (let y = GRID; y < FIELD_HEIGHT; y += GRID) {
    c.moveTo(left, top + y * scale);
    c.lineTo(left + w, top + y * scale);
  }
  c.stroke();
  for (const [lineWidth, alpha] of [
    [16, 7],
    [7, 16],
    [2, 90],
  ] as const) {
    c.lineWidth = lineWidth;
    c.strokeStyle = `rgb(96 150 255 / ${alpha}%)`;
    c.strokeRect(left, top, w, h);
  }
}

/** The same stars for everyone, at every start: a sine as a cheap hash. */
function scatter(seed: number, count: number): { x: number; y: number }[] {
  const hash = (n: number) => mod(Math.sin(n * 127.1 + seed * 311.7) * 43_758.5, 1);
  return Array.from({ length: count }, (_, i) => ({ x: hash(i * 2) * TILE, y: hash(i * 2 + 1) * TILE }));
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
