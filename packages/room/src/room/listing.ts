import { InputError } from "@warren/kernel";

/** What a room in the public listing may say of itself. */
export const LISTING_PROPERTIES_MAX = 16;
export const LISTING_NAME_CHARS_MAX = 32;
export const LISTING_VALUE_CHARS_MAX = 64;

/** Checks what a room says of itself in the public listing. Throws InputError. */
export function checkListing(properties: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = Object.entries(properties);
  if (entries.length > LISTING_PROPERTIES_MAX) {
    throw new InputError(
      "room.list",
      `${entries.length} properties`,
      `at most ${LISTING_PROPERTIES_MAX} properties`,
    );
  }
  for (const [name, value] of entries) {
    if (name.length === 0 || name.length > LISTING_NAME_CHARS_MAX)
      throw new InputError("room.list name", name, `1 to ${LISTING_NAME_CHARS_MAX} characters`);
    if (typeof value !== "string" || value.length > LISTING_VALUE_CHARS_MAX) {
      throw new InputError(
        `room.list ${name}`,
        value,
        `text of at most ${LISTING_VALUE_CHARS_MAX} characters`,
      );
    }
  }
  return new Map(entries);
}

export function sameListing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
