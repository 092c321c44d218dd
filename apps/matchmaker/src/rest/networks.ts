import { BlockList, isIP } from "node:net";
import { InputError } from "@warren/kernel";

/** Names of private networks that stand for their addresses. */
const NAMES: Readonly<Record<string, readonly (readonly [address: string, bits: number])[]>> = {
  loopback: [
    ["127.0.0.0", 8],
    ["::1", 128],
  ],
  linklocal: [
    ["169.254.0.0", 16],
    ["fe80::", 10],
  ],
  uniquelocal: [
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
    ["fc00::", 7],
  ],
};
const MAPPED = "::ffff:";

/**
 * Throws InputError for what is neither an address nor a network, and for a network that is everybody: whoever is in it
 * says which address the limits count for, or has none.
 */
export function checkNetworks(setting: string, entries: readonly string[]): void {
  for (const entry of entries) {
    const [address = "", bits, more] = entry.split("/");
    const bitsMax = bitsOf(address);
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1);
    const isRange = bitsMax > 0 && isNetwork && Number(bits ?? 1) <= bitsMax && more === undefined;
    if (isRange || Object.hasOwn(NAMES, entry)) continue;
    throw new InputError(
      setting,
      entry,
      "addresses or networks separated by commas, such as 10.0.0.7 or 10.0.0.0/24",
    );
  }
}

/** Whether an address is in one of the networks. They have been checked. */
export function inNetworks(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const networks = Object.hasOwn(NAMES, entry)
      ? NAMES[entry]!
      : [[address, Number(bits ?? bitsOf(address))] as const];
    for (const [network, prefix] of networks) list.addSubnet(network, prefix, familyOf(network));
  }
  const check = (address: string) => {
    // As a socket that listens for both families has it.
    const plain = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
  // A look at the list takes several µs, and a backend or a load generator asks again and again.
  let last = { address: "", isIn: false };
  return (address) => {
    if (last.address !== address) last = { address, isIn: check(address) };
    return last.isIn;
  };
}

function bitsOf(address: string): number {
  return { 4: 32, 6: 128 }[isIP(address)] ?? 0;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
