import type { BrowserContext, Page } from "playwright-core";

export interface Ship {
  readonly name: string;
  readonly isBot: boolean;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

interface ArenaHandle {
  readonly room?: {
    readonly id: string;
    readonly playerId: string;
    readonly joinCode: string;
    readonly state: { readonly ships: ReadonlyMap<string, Ship> };
  };
}

/** Opens the page and presses Play. */
export async function pressPlay(context: BrowserContext, url: string, name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.fill("#name", name);
  await page.click("#play");
  return page;
}

/** Waits until the page is in a match and answers with the room's id. */
export async function untilPlaying(page: Page, timeoutMs = 15_000): Promise<string> {
  await page.waitForFunction(
    () => (window as unknown as { arena: ArenaHandle }).arena.room !== undefined,
    undefined,
    { timeout: timeoutMs },
  );
  return page.evaluate(() => (window as unknown as { arena: ArenaHandle }).arena.room?.id ?? "");
}

/** The code others may join or watch the room with. */
export function joinCodeOn(page: Page): Promise<string> {
  return page.evaluate(() => (window as unknown as { arena: ArenaHandle }).arena.room?.joinCode ?? "");
}

/** The ships as this page sees them. */
export function shipsOn(page: Page): Promise<Ship[]> {
  return page.evaluate(() => {
    const { room } = (window as unknown as { arena: ArenaHandle }).arena;
    return [...(room?.state.ships.values() ?? [])].map(({ name, isBot, x, y, angle }) => ({
      name,
      isBot,
      x,
      y,
      angle,
    }));
  });
}

/** Waits until this page sees the ship of that name turn by a radian or so, and answers how far. */
export async function untilTurned(page: Page, name: string, from: number): Promise<number> {
  const turned = await page.waitForFunction(
    ([who, before]) => {
      const { room } = (window as unknown as { arena: ArenaHandle }).arena;
      const ship = [...(room?.state.ships.values() ?? [])].find((candidate) => candidate.name === who);
      const by = ship === undefined ? 0 : Math.abs(ship.angle - (before as number));
      return by > 0.3 ? by : false;
    },
    [name, from] as const,
    { timeout: 10_000 },
  );
  return (await turned.jsonValue()) as number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A ship that was flown: what its player saw in each picture, what the newest state said then, and what was corrected. */
export interface Flight {
  readonly frames: readonly { readonly atMs: number; readonly shown?: Place; readonly room?: Place }[];
  readonly corrections: readonly {
    readonly atMs: number;
    readonly distance: number;
    readonly isTeleport: boolean;
  }[];
}

interface OwnShip {
  at(nowMs: number): (Place & { readonly angle: number }) | undefined;
  readonly corrections: Flight["corrections"];
}

/** Presses keys at random, by a seed, for so long. */
export function flyByKeys(page: Page, ms: number, seed: number): Promise<Flight> {
  return page.evaluate(
    ([forMs, from]) => {
      const { room, me } = (window as unknown as { arena: ArenaHandle & { me: OwnShip } }).arena;
      if (!room) throw new Error("nothing is played");
      let random = from;
      const next = () => {
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
        return (random >>> 0) / 2 ** 32;
      };
      const press = (code: string, isDown: boolean) =>
        dispatchEvent(new KeyboardEvent(isDown ? "keydown" : "keyup", { code }));
      const startMs = performance.now();
      const frames: { atMs: number; shown?: Place; room?: Place }[] = [];
      const corrections = new Map<number, Flight["corrections"][number]>();
      const codes = ["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown", "Space"];
      return new Promise<Flight>((resolve) => {
        let keysMs = startMs;
        const frame = (nowMs: number) => {
          if (nowMs > startMs + forMs) {
            for (const code of codes) press(code, false);
            return resolve({ frames, corrections: [...corrections.values()] });
          }
          requestAnimationFrame(frame);
          if (nowMs >= keysMs) {
            keysMs = nowMs + 40 + next() * 400;
            press(codes[Math.floor(next() * codes.length)]!, next() < 0.65);
          }
          const shown = me.at(nowMs);
          const ship = room.state.ships.get(room.playerId);
          frames.push({
            atMs: nowMs,
            ...(shown ? { shown: { x: shown.x, y: shown.y } } : {}),
            ...(shown && ship ? { room: { x: ship.x, y: ship.y } } : {}),
          });
          for (const c of me.corrections) if (c.atMs >= startMs) corrections.set(c.atMs, c);
        };
        requestAnimationFrame(frame);
      });
    },
    [ms, seed] as const,
  );
}

/** How long after a key is pressed the own ship is seen to turn; the least of a few presses, ms. */
export function msUntilTurning(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { me } = (window as unknown as { arena: { me: OwnShip } }).arena;
    const picture = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const press = (type: string) => dispatchEvent(new KeyboardEvent(type, { code: "ArrowLeft" }));
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 5; n++) {
      // Until it has not turned for a few pictures.
      for (let same = 0, angle = me.at(performance.now())?.angle; same < 5; ) {
        const now = me.at(await picture())?.angle;
        same = now !== undefined && now === angle ? same + 1 : 0;
        angle = now;
      }
      const before = me.at(performance.now())?.angle;
      const pressedMs = performance.now();
      press("keydown");
      while (me.at(await picture())?.angle === before);
      least = Math.min(least, performance.now() - pressedMs);
      press("keyup");
    }
    return least;
  });
}
