import type { ArenaInput } from "../src/schema.ts";
import { clamp, wrapAngle } from "../src/ship.ts";

const STICK_RADIUS = 52;
/** Nearer to the middle than this part of the way, the stick is at rest. */
const STICK_REST = 0.2;

const KEYS: Readonly<Record<string, "up" | "down" | "left" | "right" | "fire">> = {
  ArrowUp: "up",
  KeyW: "up",
  ArrowDown: "down",
  KeyS: "down",
  ArrowLeft: "left",
  KeyA: "left",
  ArrowRight: "right",
  KeyD: "right",
  Space: "fire",
};

/** What the player wants the ship to do, from keys and thumbs. */
export class Controls {
  readonly #held = new Set<string>();
  /** Where the stick is pushed: its direction, and how far from 0 to 1. */
  #stick: { angle: number; push: number } | undefined;
  #touchFire = false;

  constructor(stick: HTMLElement, fire: HTMLElement) {
    addEventListener("keydown", (event) => this.#onKey(event, true));
    addEventListener("keyup", (event) => this.#onKey(event, false));
    // Keys that are let go while another window has the focus are never heard of.
    addEventListener("blur", () => this.#held.clear());
    this.#listenToStick(stick);
    this.#listenToFire(fire);
  }

  /** The input for this tick. A stick says where to fly, so the turn depends on where the ship points. */
  input(shipAngle: number): ArenaInput {
    const held = (action: string) => (this.#held.has(action) ? 1 : 0);
    const fire = this.#held.has("fire") || this.#touchFire;
    if (this.#stick) {
      const error = wrapAngle(this.#stick.angle - shipAngle);
      return {
        thrust: Math.abs(error) < 1.2 ? Math.round(this.#stick.push * 100) : 0,
        turn: Math.round(clamp(error * 150, -100, 100)),
        fire,
      };
    }
    return {
      thrust: 100 * (held("up") - held("down")),
      turn: 100 * (held("right") - held("left")),
      fire,
    };
  }

  #onKey(event: KeyboardEvent, isDown: boolean): void {
    const action = KEYS[event.code];
    if (!action) return;
    if (!isDown) this.#held.delete(action);
    else if (!isControl(event.target)) {
      this.#held.add(action);
      event.preventDefault();
    }
  }

  #listenToStick(stick: HTMLElement): void {
    // The whole left half of the screen is the stick: it comes to the thumb.
    const knob = stick.firstElementChild as HTMLElement;
    let pointer: number | undefined;
    let from = { x: 0, y: 0 };
    addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" || isControl(event.target) || pointer !== undefined) return;
      if (event.clientX > innerWidth / 2) return;
      pointer = event.pointerId;
      from = { x: event.clientX, y: event.clientY };
      const home = stick.getBoundingClientRect();
      const dx = from.x - home.left - home.width / 2;
      const dy = from.y - home.top - home.height / 2;
      stick.style.translate = `${dx}px ${dy}px`;
    });
    addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const dx = event.clientX - from.x;
      const dy = event.clientY - from.y;
      const push = Math.min(1, Math.hypot(dx, dy) / STICK_RADIUS);
      const angle = Math.atan2(dy, dx);
      this.#stick = push < STICK_REST ? undefined : { angle, push };
      knob.style.translate = `${Math.cos(angle) * push * STICK_RADIUS}px ${Math.sin(angle) * push * STICK_RADIUS}px`;
    });
    const letGo = (event: PointerEvent) => {
      if (event.pointerId !== pointer) return;
      pointer = undefined;
      this.#stick = undefined;
      stick.style.translate = knob.style.translate = "";
    };
    addEventListener("pointerup", letGo);
    addEventListener("pointercancel", letGo);
  }

  #listenToFire(fire: HTMLElement): void {
    const pointers = new Set<number>();
    const changed = () => {
      this.#touchFire = pointers.size > 0;
      fire.dataset["down"] = String(this.#touchFire);
    };
    addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" || isControl(event.target)) return;
      if (event.clientX <= innerWidth / 2) return;
      pointers.add(event.pointerId);
      changed();
    });
    for (const type of ["pointerup", "pointercancel"] as const) {
      addEventListener(type, (event) => {
        if (pointers.delete(event.pointerId)) changed();
      });
    }
  }
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, button, summary") !== null;
}
