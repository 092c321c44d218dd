import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/** The system's Chromium, headless and quiet. A missing one is a failure: `npm test` sets WARREN_CHROMIUM. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env["WARREN_CHROMIUM"] ?? "/usr/bin/chromium";
  const folder = await mkdtemp(join(tmpdir(), "warren-chromium-"));
  // Only here: it takes its time to load, and most tests need no browser.
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--disk-cache-dir=${folder}`,
    ],
  });
  browser.on("disconnected", () => void rm(folder, { recursive: true, force: true }));
  return browser;
}
