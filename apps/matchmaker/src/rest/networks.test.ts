import { expect, it } from "vitest";
import { checkNetworks, inNetworks } from "./networks.ts";

it.each(["10.0.0.7", "10.0.0.0/8", "::1", "fd00::/8", "1.2.3.4/32", "loopback"])("may be %s", (entry) => {
  expect(() => checkNetworks("WARREN_TRUSTED_PROXIES", ["127.0.0.1", entry])).not.toThrow();
});

it.each([
  "everyone",
  "*",
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/33",
  "10.0.0.0/8/8",
  "10.0.0.0/",
  "10.0.0",
  "10.0.0.7:80",
])("cannot be %s", (entry) => {
  expect(() => checkNetworks("WARREN_TRUSTED_PROXIES", ["127.0.0.1", entry])).toThrow(
    `WARREN_TRUSTED_PROXIES is "${entry}"; accepted: addresses or networks separated by commas`,
  );
});

it.each<[entries: string[], address: string, isIn: boolean]>([
  [[], "127.0.0.1", false],
  [["127.0.0.1"], "127.0.0.1", true],
  [["127.0.0.1"], "127.0.0.2", false],
  [["10.1.0.0/16"], "10.1.255.7", true],
  [["10.1.0.0/16"], "10.2.0.7", false],
  [["10.1.0.0/16"], "::ffff:10.1.2.3", true],
  [["fd00::/8"], "fd12::1", true],
  [["fd00::/8"], "fe80::1", false],
  [["10.0.0.7", "loopback"], "127.9.9.9", true],
  [["10.0.0.7", "loopback"], "::1", true],
  [["loopback"], "::ffff:127.0.0.1", true],
  [["uniquelocal"], "192.168.3.4", true],
  [["linklocal"], "192.168.3.4", false],
  [["loopback"], "not an address", false],
])("%j has %s: %s", (entries, address, isIn) => {
  expect(inNetworks(entries)(address)).toBe(isIn);
});
