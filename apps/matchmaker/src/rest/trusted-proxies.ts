import { isIP } from "node:net";
import { InputError } from "@warren/kernel";

/** Names of private networks that stand for their addresses. */
const NAMES: ReadonlySet<string> = new Set(["loopback", "linklocal", "uniquelocal"]);

/**
 * Throws InputError for what is neither an address nor a network, and for a network that is everybody: whoever is trusted
 * says which address the limits count for.
 */
export function checkTrustedProxies(entries: readonly string[]): void {
  for (const entry of entries) {
    const [address = "", bits, more] = entry.split("/");
    const bitsMax = { 4: 32, 6: 128 }[isIP(address)] ?? 0;
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1);
    const isRange = bitsMax > 0 && isNetwork && Number(bits ?? 1) <= bitsMax && more === undefined;
    if (isRange || NAMES.has(entry)) continue;
    throw new InputError(
      "WARREN_TRUSTED_PROXIES",
      entry,
      "addresses or networks separated by commas, such as 10.0.0.7 or 10.0.0.0/24",
    );
  }
}
