import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Launched, openBrowser } from "@warren/testkit";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { pressPlay, untilPlaying } from "./arena-page.ts";
import { warrenDev } from "./processes.ts";

// The arena and a copy of it whose ships have one more field, deployed one after the other at one address.

const ARENA = fileURLToPath(new URL("../../arena/", import.meta.url));
/** Looked at by people; not compared. */
const PICTURES = fileURLToPath(new URL("../../../node_modules/.warren-pictures", import.meta.url));
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

let browser: Browser;
let folder: string;
let server: Launched | undefined;
let url = "";

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "warren-evolution-"));
  for (const part of ["src", "web"]) await cp(join(ARENA, part), join(folder, part), { recursive: true });
  const schema = join(folder, "src", "schema.ts");
  const text = await readFile(schema, "utf8");
  const begin = "const Ship = t.struct({\n";
  expect(text).toContain(begin);
  await writeFile(schema, text.replace(begin, `${begin}  plating: t.u8(),\n`));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await server?.end();
  server = undefined;
});

/** What is at the address from now on: the arena as it is, or the copy with one more field. */
async function deploy(what: "arena" | "arena with plating"): Promise<void> {
  const port = server && new URL(url).port;
  await server?.end();
  const file = join(what === "arena" ? ARENA : folder, "src", "game.ts");
  ({ server, url } = await warrenDev([file], port ? { WARREN_HTTP_PORT: port } : {}));
}

it("[H7] a page that lacks a field of its own says: reload the page; reloaded, it is in the match", async () => {
  await deploy("arena with plating");
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  await page.goto(url);
  await page.fill("#name", "Old");
  await deploy("arena");
  await page.click("#play");
  await page.waitForSelector("#reload", { state: "visible" });
  expect(await page.textContent("#outdated")).toMatch(
    /A new version is out\s+Reload the page to play on\.\s+Reload\s+state\.ships\.plating is gone\s*$/,
  );
  expect(await page.title()).toBe("Reload · Arena");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("reload");
  await page.screenshot({ path: join(PICTURES, "reload.png") });
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(PICTURES, "reload-phone.png") });
  await Promise.all([page.waitForEvent("load"), page.click("#reload")]);
  await untilPlaying(page);
});

it("[H7] a page plays on a server whose ships have one field more", async () => {
  await deploy("arena");
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  await page.goto(url);
  await deploy("arena with plating");
  await page.click("#play");
  await untilPlaying(page);
  await untilPlaying(await pressPlay(context, url, "New"));
});
