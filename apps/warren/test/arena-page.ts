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
