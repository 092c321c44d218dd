import { expect, it } from "vitest";
import { roleOf } from "./role.ts";

it.each([
  ["URI:warren://role/rooms", "rooms"],
  ["DNS:rooms.warren, URI:warren://role/rooms", "rooms"],
  ["DNS:rooms.warren", undefined],
  ["URI:warren://role/rooms, URI:warren://role/matchmaker", undefined],
  ["URI:warren://role/admin", undefined],
  ["URI:warren://role/rooms/matchmaker", undefined],
  ['DNS:"x, URI:warren://role/matchmaker"', undefined],
  ["", undefined],
])("the role in %j is %s", (subjectAltName, role) => {
  expect(roleOf({ subjectAltName })).toBe(role);
});
