import { formatFigures, WarrenError, watchFigures } from "@warren/client";
import type { ArenaWord, ShipRow } from "../src/schema.ts";
import { stepShip } from "../src/ship.ts";
import { type Camera, draw } from "./draw.ts";
import type { Match } from "./find.ts";
import { clockText, element, ranking, setText, showScores, tell } from "./hud.ts";
import type { Controls } from "./keys.ts";
import { type OwnShip, ownIdOf } from "./own-ship.ts";
import { colourOf, WORDS } from "./palette.ts";
import { Particles } from "./particles.ts";
import type { Sound } from "./sound.ts";
import { Timeline } from "./timeline.ts";

const BUBBLE_MS = 2_200;
const HEARD_FAR = 1_100;
/** From this width of the page on there is room for all figures; CSS pixels. */
const WIDE = 1_000;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Plays a match on the page until it ends, or watches it. Answers why, or undefined when the player left. */
export function playMatch(
  room: Match,
  me: OwnShip,
  controls: Controls,
  sound: Sound,
): Promise<string | undefined> {
  const canvas = element<HTMLCanvasElement>("game");
  const timeline = new Timeline(room, me);
  const particles = new Particles(isCalm);
  const bubbles = new Map<string, string>();
  const ownId = ownIdOf(room);
  /** Whose ship the camera is on. */
  let shownId = ownId;
  const stop = new AbortController();
  let ships: ReadonlyMap<string, Readonly<ShipRow>> = new Map();
  let camera: Camera | undefined;
  let shake = 0;
  let lastMs = performance.now();
  let lastTick = 0;
  let frames = 0;

  // --- what comes from the room ---

  const offs = [
    // An event is shown when the drawn moment has come to its tick: a ship bursts where it is seen.
    // But the own shots are ahead, with the own ship: what they hit is shown as soon as it is known.
    room.on("hit", ({ ship, by }, tick) =>
      by === ownId ? showHit(ship) : timeline.at(tick, () => showHit(ship)),
    ),
    room.on("kill", ({ ship, by }, tick) => timeline.at(tick, () => showKill(ship, by))),
    room.on("pickup", ({ ship, kind }, tick) =>
      timeline.at(tick, () => {
        if (ship !== ownId) return;
        sound.pickup();
        tell(kind === "repair" ? "Repaired" : "Triple shots for 8 s");
      }),
    ),
    room.on("said", ({ ship, word }) => {
      bubbles.set(ship, WORDS[word]);
      setTimeout(() => bubbles.delete(ship), BUBBLE_MS);
    }),
    room.on("roundOver", ({ winner, score }) => {
      setText("winner", winner ? `${winner} wins with ${score}` : "Nobody wins");
    }),
  ];

  function showHit(id: string): void {
    const ship = ships.get(id);
    if (!ship) return;
    particles.burst(ship.x, ship.y, "#ffffff", 9, 180, 0.35, 2);
    sound.hit(loudness(ship));
    if (id === ownId) shake = 7;
  }

  function showKill(id: string, by: string): void {
    const ship = ships.get(id);
    const killer = ships.get(by);
    tell(killer, " destroyed ", ship);
    if (!ship) return;
    particles.explode(ship.x, ship.y, colourOf(ship.slot));
    sound.explosion(loudness(ship));
    if (id === ownId) {
      shake = 16;
      setText("message", `Destroyed by ${killer?.name ?? "someone"}`);
    }
  }

  function loudness(at: { x: number; y: number }): number {
    return camera ? Math.max(0, 1 - Math.hypot(at.x - camera.x, at.y - camera.y) / HEARD_FAR) : 0;
  }

  // --- what goes to the room ---

  if (!room.spectator) me.start(steer);
  function steer(motion: ReturnType<OwnShip["at"]>) {
    const input = controls.input(motion?.angle ?? 0);
    if (motion && input.fire) {
      const stepped = stepShip(motion, input, 1000 / room.tickHz, room.state.rocks);
      if (timeline.fire(stepped)) sound.shot(1);
    }
    return input;
  }

  function say(word: ArenaWord): void {
    room.act("say", { word }).then(
      ({ reached }) => tell(reached === 0 ? "Only bots heard you" : `${reached} heard you`),
      (error: unknown) => tell(WarrenError.from(error).message),
    );
  }

  // --- pictures ---

  function frame(nowMs: number): void {
    if (stop.signal.aborted) return;
    requestAnimationFrame(frame);
    const dtS = Math.min(0.1, (nowMs - lastMs) / 1000);
    lastMs = nowMs;
    frames++;
    timeline.advance(nowMs);
    ships = timeline.ships(nowMs);
    const own = ships.get(ownId);
    if (room.spectator && !ships.has(shownId)) watchNext();
    const shown = ships.get(shownId);
    const { tick } = timeline;
    const shots = [...timeline.shots(nowMs)];
    for (const { shot } of shots)
      if (shot.bornTick > lastTick && shot.bornTick <= tick && shot.by !== own?.slot)
        sound.shot(loudness(shot));
    lastTick = tick;
    for (const ship of ships.values()) {
      if (!ship.thrusting || ship.hp === 0) continue;
      const [dx, dy] = [Math.cos(ship.angle), Math.sin(ship.angle)];
      particles.exhaust(ship.x - dx * 14, ship.y - dy * 14, ship.angle, colourOf(ship.slot));
    }
    if (shown?.hp) camera = follow(camera, shown, dtS);
    shake = isCalm ? 0 : shake * Math.max(0, 1 - 7 * dtS);
    const eye = camera ?? { x: 0, y: 0 };
    const scene = {
      tick,
      ownId: shownId,
      ships,
      shots,
      pickups: [...room.state.pickups.values()],
      rocks: room.state.rocks,
      bubbles,
      camera: {
        x: eye.x + (Math.random() - 0.5) * shake,
        y: eye.y + (Math.random() - 0.5) * shake,
      },
      particles,
    };
    draw(canvas, scene, dtS);
    showHud(own);
    if (room.spectator) showWatched(shown);
  }

  /** The camera of who watches goes to the ship behind this one in the ranking, or to the first. */
  function watchNext(): void {
    const ids = ranking(ships).map(([id]) => id);
    shownId = ids[(ids.indexOf(shownId) + 1) % ids.length] ?? "";
  }

  function showWatched(shown: Readonly<ShipRow> | undefined): void {
    setText("watched", shown?.name ?? "nobody");
    element("watched").style.setProperty("--colour", shown ? colourOf(shown.slot) : "inherit");
  }

  function showHud(own: Readonly<ShipRow> | undefined): void {
    const { phase, round, endsTick } = room.state;
    const leftMs = ((endsTick - room.tick) / room.tickHz) * 1000;
    setText("round", `Round ${round}`);
    setText("timer", phase === "fight" ? clockText(leftMs) : "–");
    element("timer").dataset["last"] = String(phase === "fight" && leftMs <= 10_000);
    showScores("scores", ships, shownId);
    element("results").hidden = phase !== "results";
    if (phase === "results") {
      showScores("table", ships, shownId);
      setText("next", `Next round in ${Math.max(0, Math.ceil(leftMs / 1000))} s`);
    }
    const isAlone = room.joinCode !== "" && ships.size === 1;
    if (own?.hp) setText("message", isAlone ? `Your room is ${room.joinCode}: tell your friends` : "");
    const place = ranking(ships).findIndex(([id]) => id === ownId) + 1;
    const standing = room.spectator ? "Watching" : `${own?.score ?? 0} kills · #${place}`;
    const title = phase === "fight" ? `${clockText(leftMs)} · ${standing}` : "Results";
    if (document.title !== `${title} · Arena`) document.title = `${title} · Arena`;
  }

  element("watching").hidden = !room.spectator;
  const figures = watchFigures(room, me);
  const measuring = setInterval(() => {
    const code = room.joinCode ? `room ${room.joinCode} · ` : "";
    const now = figures();
    const net = innerWidth < WIDE ? `ping ${now.rttMs.toFixed(0)} ms` : formatFigures(now);
    setText("figures", `${code}${net} · ${frames} fps`);
    frames = 0;
  }, 1_000);

  return new Promise((resolve) => {
    const end = (why: string | undefined) => {
      if (stop.signal.aborted) return;
      stop.abort();
      me.stop();
      clearInterval(measuring);
      for (const off of offs) off();
      element("offline").hidden = true;
      resolve(why);
    };
    const leave = () => {
      room.leave().catch(() => {});
      end(undefined);
    };
    room.onStatus((status, why) => {
      element("offline").hidden = status !== "offline";
      if (status === "ended") end(why?.message ?? "The match is over.");
    });
    const { signal } = stop;
    element("leave").addEventListener("click", leave, { signal });
    element("other").addEventListener("click", watchNext, { signal });
    addEventListener(
      "keydown",
      (event) => {
        const word = (Object.keys(WORDS) as ArenaWord[])[Number(event.key) - 1];
        if (event.repeat) return;
        if (room.spectator && event.key === "ArrowRight") watchNext();
        else if (word && !room.spectator) say(word);
        else if (event.key === "Escape") leave();
        else if (event.key.toLowerCase() === "m") {
          sound.isOn = !sound.isOn;
          tell(sound.isOn ? "Sound on" : "Sound off");
        }
      },
      { signal },
    );
    requestAnimationFrame(frame);
  });
}

/** The camera is on the ship at once when it comes, and then glides after it. */
function follow(camera: Camera | undefined, ship: Camera, dtS: number): Camera {
  if (!camera) return { x: ship.x, y: ship.y };
  const part = 1 - Math.exp(-9 * dtS);
  return { x: camera.x + (ship.x - camera.x) * part, y: camera.y + (ship.y - camera.y) * part };
}
