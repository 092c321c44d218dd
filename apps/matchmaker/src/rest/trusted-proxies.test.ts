import { expect, it } from "vitest";
import { checkTrustedProxies } from "./trusted-proxies.ts";

it.each(["10.0.0.7", "10.0.0.0/8", "::1", "fd00::/8", "1.2.3.4/32", "loopback"])("may be %s", (entry) => {
  expect(() => checkTrustedProxies(["127.0.0.1", entry])).not.toThrow();
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
  expect(() => checkTrustedProxies(["127.0.0.1", entry])).toThrow(
    `WARREN_TRUSTED_PROXIES is "${entry}"; accepted: addresses or networks separated by commas`,
  );
});
