import { drawLight } from "./glow.ts";

interface Particle {
  x: number;
  y: number;
  vx: number;
  vy: number;
  leftS: number;
  readonly lifeS: number;
  readonly size: number;
  readonly colour: string;
}

const PARTICLES_MAX = 700;
const BLAST_S = 0.6;

/** Sparks, exhaust and explosions. Only for the eye: Math.random is fine here. */
export class Particles {
  #all: Particle[] = [];
  #blasts: { readonly x: number; readonly y: number; readonly colour: string; leftS: number }[] = [];
  readonly #isCalm: boolean;

  /** `isCalm`: the visitor asked for reduced motion. */
  constructor(isCalm: boolean) {
    this.#isCalm = isCalm;
  }

  explode(x: number, y: number, colour: string): void {
    this.#blasts.push({ x, y, colour, leftS: BLAST_S });
    this.burst(x, y, "#ffffff", 14, 120, 0.35, 3);
    this.burst(x, y, colour, 46, 340, 0.95, 2.4);
    this.burst(x, y, "#ffb347", 22, 190, 0.7, 2.8);
  }

  burst(
    x: number,
    y: number,
    colour: string,
    count: number,
    speed: number,
    lifeS: number,
    size: number,
  ): void {
    for (let i = 0; i < (this.#isCalm ? count / 3 : count); i++) {
      const angle = Math.random() * 2 * Math.PI;
      const v = speed * (0.2 + Math.random() * 0.8);
      this.#add(
        x,
        y,
        Math.cos(angle) * v,
        Math.sin(angle) * v,
        colour,
        lifeS * (0.5 + Math.random() / 2),
        size,
      );
    }
  }

  exhaust(x: number, y: number, angle: number, colour: string): void {
    if (this.#isCalm) return;
    const back = angle + Math.PI + (Math.random() - 0.5) * 0.5;
    const v = 90 + Math.random() * 120;
    this.#add(x, y, Math.cos(back) * v, Math.sin(back) * v, colour, 0.25 + Math.random() * 0.3, 1.8);
  }

  draw(c: CanvasRenderingContext2D, dtS: number): void {
    const kept = Math.max(0, 1 - 2.2 * dtS);
    for (const p of this.#all) {
      p.leftS -= dtS;
      p.x += p.vx * dtS;
      p.y += p.vy * dtS;
      p.vx *= kept;
      p.vy *= kept;
      if (p.leftS <= 0) continue;
      c.globalAlpha = Math.min(1, (p.leftS / p.lifeS) * 1.4);
      c.fillStyle = p.colour;
      c.fillRect(p.x - p.size / 2, p.y - p.size / 2, p.size, p.size);
    }
    for (const blast of this.#blasts) {
      blast.leftS -= dtS;
      const part = Math.max(0, blast.leftS / BLAST_S);
      drawLight(c, blast.x, blast.y, 150, blast.colour, part * part);
      drawLight(c, blast.x, blast.y, 60, "#ffffff", part * part);
      c.globalAlpha = part;
      c.strokeStyle = blast.colour;
      c.lineWidth = 4 * part;
      c.beginPath();
      c.arc(blast.x, blast.y, 20 + 120 * (1 - part * part), 0, 7);
      c.stroke();
    }
    c.globalAlpha = 1;
    this.#blasts = this.#blasts.filter((blast) => blast.leftS > 0);
    this.#all = this.#all.filter((p) => p.leftS > 0);
  }

  #add(x: number, y: number, vx: number, vy: number, colour: string, lifeS: number, size: number): void {
    if (this.#all.length < PARTICLES_MAX) {
      this.#all.push({ x, y, vx, vy, leftS: lifeS, lifeS, size, colour });
    }
  }
}
