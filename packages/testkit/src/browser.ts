import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/**
 * The system's Chromium, headless and quiet. A missing one is a failure: `npm test` sets WARREN_CHROMIUM.
 * `quicOrigin`, a `host:port`, is only spoken to by HTTP/3; without it nobody is. `trustedKey` is the hash of the key of a
 * server whose certificate nobody vouches for.
 */
export async function openBrowser(
  options: { readonly quicOrigin?: string; readonly trustedKey?: string } = {},
): Promise<Browser> {
  const { quicOrigin, trustedKey } = options;
  const executablePath = process.env["WARREN_CHROMIUM"] ?? "/usr/bin/chromium";
  const folder = await mkdtemp(join(tmpdir(), "warren-chromium-"));
  // Only here: it takes its time to load, and most tests need no browser.
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      ...(quicOrigin === undefined
        ? ["--disable-quic"]
        : ["--enable-quic", `--origin-to-force-quic-on=${quicOrigin}`]),
      ...(trustedKey === undefined ? [] : [`--ignore-certificate-errors-spki-list=${trustedKey}`]),
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
