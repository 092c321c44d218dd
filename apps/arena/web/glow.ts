const SPRITE_PX = 64;
const sprites = new Map<string, HTMLCanvasElement>();

/** A soft round light, drawn once per colour and then copied: much cheaper than a canvas shadow. Draw it with "lighter". */
export function drawLight(
  c: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour: string,
  alpha: number,
): void {
  let sprite = sprites.get(colour);
  if (!sprite) {
    sprite = makeSprite(colour);
    sprites.set(colour, sprite);
  }
  const before = c.globalAlpha;
  c.globalAlpha = alpha;
  c.drawImage(sprite, x - radius, y - radius, radius * 2, radius * 2);
  c.globalAlpha = before;
}

/** A line with a faint halo: wide strokes below, thin and bright on top. */
export function glowLine(c: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  c.strokeStyle = colour;
  c.lineJoin = "round";
  for (const [times, alpha] of [
    [6, 0.06],
    [3, 0.14],
    [1, 1],
  ] as const) {
    c.globalAlpha = alpha;
    c.lineWidth = width * times;
    c.stroke(path);
  }
}

function makeSprite(colour: string): HTMLCanvasElement {
  const sprite = document.createElement("canvas");
  sprite.width = sprite.height = SPRITE_PX;
  const c = sprite.getContext("2d");
  if (!c) return sprite;
  const half = SPRITE_PX / 2;
  const light = c.createRadialGradient(half, half, 0, half, half, half);
  light.addColorStop(0, colour);
  light.addColorStop(0.25, `${colour}88`);
  light.addColorStop(0.6, `${colour}22`);
  light.addColorStop(1, `${colour}00`);
  c.fillStyle = light;
  c.fillRect(0, 0, SPRITE_PX, SPRITE_PX);
  return sprite;
}
