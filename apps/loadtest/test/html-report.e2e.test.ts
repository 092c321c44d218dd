import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "@warren/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { htmlReport } from "../src/show/html-report.ts";
import { REPORT_KINDS, type ReportKind, runReport } from "./run-report.ts";

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Page = Awaited<ReturnType<Browser["newPage"]>>;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "warren-report-"));
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** What the browser complained of, and requests for anything but the file. */
  readonly troubles: string[];
}

async function open(kind: ReportKind, width: number): Promise<Opened> {
  const file = join(folder, `${kind}.html`);
  await writeFile(file, htmlReport(runReport(kind)));
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const troubles: string[] = [];
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(file).href) troubles.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, troubles };
}

describe.each(REPORT_KINDS)("the page of a run, from a file: %s", (kind) => {
  it.each([1_280, 390])("is quiet and as wide as a screen of %i pixels", async (width) => {
    const { page, troubles } = await open(kind, width);
    // Every label too: one that sticks out is what makes a phone scroll sideways.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    for (const frame of await page.locator("[data-chart]").all()) await frame.hover();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(troubles).toEqual([]);
    await page.close();
  });
});

it("tells the figures where the pointer is, and where the arrow keys go", async () => {
  const { page } = await open("fine", 390);
  const frame = page.locator("#join-latency [data-chart]");
  const { width } = (await frame.boundingBox())!;
  await frame.hover({ position: { x: width * (30.5 / 60), y: 50 } });
  const report = runReport("fine");
  const tip = frame.getByRole("status");
  expect(await tip.textContent()).toContain("30 s – 31 s");
  expect(await tip.textContent()).toContain(String(Math.round(report.seconds[30]!.joinMs.p99)));
  await page.mouse.move(0, 0);
  expect(await tip.count()).toBe(0);
  await frame.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(await tip.textContent()).toContain("1 s – 2 s");
  await page.keyboard.press("Escape");
  expect(await tip.count()).toBe(0);
  await page.close();
});

it("has all figures as a table when asked", async () => {
  const { page } = await open("crossed", 1_280);
  await page.locator("#every-second summary").click();
  // Its rows are made when it is opened, which the page hears of a moment later.
  await expect.poll(() => page.locator("#every-second tr").count()).toBe(1 + 30);
  expect(await page.locator("#every-second td").first().textContent()).toBe("0 s – 1 s");
  await page.close();
});
