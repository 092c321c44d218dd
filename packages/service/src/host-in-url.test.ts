import { expect, it } from "vitest";
import { hostInUrl } from "./host-in-url.ts";

it.each([
  ["", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "127.0.0.1"],
  ["10.0.0.1", "10.0.0.1"],
  ["fd00::1", "[fd00::1]"],
])("a process that listens on %j is told as %s", (host, shown) => {
  expect(hostInUrl(host)).toBe(shown);
});
