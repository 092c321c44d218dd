import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, type Launched, openBrowser } from "@warren/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { joinCodeOn, pressPlay, shipsOn, untilPlaying, untilTurned } from "./arena-page.ts";
import { warrenDev } from "./processes.ts";

/** Looked at by people; not compared. */
const PICTURES = fileURLToPath(new URL("../../../node_modules/.warren-pictures", import.meta.url));

let browser: Browser;
let server: Launched;
let url: string;

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  browser = await openBrowser();
  ({ server, url } = await warrenDev());
});
afterAll(async () => {
  await browser?.close();
  await server?.end();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

const ship = async (page: Page, name: string) => {
  const found = (await shipsOn(page)).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`${name} has no ship`);
  return found;
};

describe("the arena in Chromium", () => {
  // First, on a server nobody has played on: the bots have to come for this player.
  it("a lone visitor is in a match with bots within 5 s, a second player takes a bot's seat, and F5 returns to the match", async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const startedMs = performance.now();
    const cas = await pressPlay(context, url, "Cas");
    const room = await untilPlaying(cas, 5_000);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const bots = (await shipsOn(cas)).filter(({ isBot }) => isBot).length;
    expect(bots).toBeGreaterThan(0);
    await cas.screenshot({ path: join(PICTURES, "phone.png") });

    const dot = await pressPlay(context, url, "Dot");
    expect(await untilPlaying(dot)).toBe(room);
    await eventually(async () => {
      const now = await shipsOn(cas);
      const botsNow = now.filter(({ isBot }) => isBot).length;
      return botsNow === bots - 1 && now.some(({ name }) => name === "Dot")
        ? undefined
        : `${botsNow} bots of ${bots} are left`;
    });

    await cas.reload();
    expect(await untilPlaying(cas)).toBe(room);
    expect((await shipsOn(cas)).filter(({ name }) => name === "Cas")).toHaveLength(1);
  });

  it("two pages press Play, share a room, and each sees the other's ship turn by that player's keys", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const [ann, ben] = await Promise.all([pressPlay(context, url, "Ann"), pressPlay(context, url, "Ben")]);
    const rooms = await Promise.all([untilPlaying(ann), untilPlaying(ben)]);
    expect(rooms[0]).toBe(rooms[1]);

    for (const [actor, name, watcher] of [
      [ann, "Ann", ben],
      [ben, "Ben", ann],
    ] as const) {
      const { angle } = await ship(watcher, name);
      await actor.keyboard.down("ArrowLeft");
      expect(await untilTurned(watcher, name, angle)).toBeGreaterThan(0.3);
      await actor.keyboard.up("ArrowLeft");
    }
    await ann.screenshot({ path: join(PICTURES, "match.png") });
  });

  it("a link shows a room to who has no seat in it, who flies nothing and can look at each ship", async () => {
    const wide = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    const newRoom = await wide.newPage();
    await newRoom.goto(url);
    await newRoom.fill("#name", "Gus");
    await newRoom.click("#friends summary");
    await newRoom.click("#open");
    const room = await untilPlaying(newRoom);
    const code = await joinCodeOn(newRoom);
    const friend = await wide.newPage();
    await friend.goto(url);
    await friend.fill("#name", "Hal");
    await friend.click("#friends summary");
    await friend.fill("#code", code);
    await friend.screenshot({ path: join(PICTURES, "friends.png") });
    await friend.click("#join");
    await untilPlaying(friend);

    for (const [context, name] of [
      [wide, "watching"],
      [phone, "watching-phone"],
    ] as const) {
      const watcher = await context.newPage();
      await watcher.goto(`${url}?watch=${code}`);
      expect(await untilPlaying(watcher)).toBe(room);
      await watcher.waitForFunction(() => document.getElementById("watched")?.textContent === "Gus");
      await newRoom.keyboard.down("ArrowLeft");
      expect(await untilTurned(watcher, "Gus", (await ship(watcher, "Gus")).angle)).toBeGreaterThan(0.3);
      await newRoom.keyboard.up("ArrowLeft");
      await watcher.screenshot({ path: join(PICTURES, `${name}.png`) });
      await watcher.click("#other");
      await watcher.waitForFunction(() => document.getElementById("watched")?.textContent === "Hal");
      expect((await shipsOn(watcher)).map(({ name }) => name)).toEqual(["Gus", "Hal"]);
      await watcher.click("#leave");
      await watcher.waitForSelector("#play", { state: "visible" });
    }
    expect((await shipsOn(newRoom)).map(({ name }) => name)).toEqual(["Gus", "Hal"]);
  });

  it("eight tabs on one origin all play", async () => {
    const context = await browser.newContext();
    const names = Array.from({ length: 8 }, (_, i) => `Tab ${i + 1}`);
    const tabs = await Promise.all(names.map((name) => pressPlay(context, url, name)));
    const rooms = await Promise.all(tabs.map((tab) => untilPlaying(tab, 20_000)));
    expect(rooms.every((room) => room.startsWith("r_"))).toBe(true);
    for (const [i, tab] of tabs.entries()) {
      const ships = await shipsOn(tab);
      expect(ships.map(({ name }) => name)).toContain(names[i]);
    }
  });

  it("works from the machine's own host name", async () => {
    const named = new URL(url);
    named.hostname = hostname();
    const context = await browser.newContext();
    const eve = await pressPlay(context, named.href, "Eve");
    await untilPlaying(eve);
    expect(new URL(eve.url()).hostname).toBe(hostname());
  });

  it("works from another origin than the matchmaker's", async () => {
    // Files of the page, fetched from the server and served again elsewhere.
    const elsewhere = createServer(async (request, response) => {
      const file = await fetch(new URL(request.url ?? "/", url));
      response.writeHead(file.status, { "content-type": file.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await file.arrayBuffer()));
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const { port } = elsewhere.address() as AddressInfo;
    try {
      const context = await browser.newContext();
      const fay = await pressPlay(
        context,
        `http://127.0.0.1:${port}/?server=${encodeURIComponent(url)}`,
        "Fay",
      );
      await untilPlaying(fay);
      expect(new URL(fay.url()).port).toBe(String(port));
    } finally {
      elsewhere.close();
      elsewhere.closeAllConnections();
    }
  });
});
