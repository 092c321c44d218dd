import type { TypeJson } from "./type.ts";

/** A type as its author wrote it, without the `t.`: `array({ x: i16, y: i16 }, 7)`. */
export function typeText(json: TypeJson): string {
  if (typeof json === "string") return json;
  if ("struct" in json) {
    const fields = json.struct.map(([name, type]) => `${name}: ${typeText(type)}`);
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  const [kind] = Object.keys(json);
  return `${kind}(${Object.values(json).map(argumentText).join(", ")})`;
}

/** Numbers and lists of names or numbers are as they are; anything else is a type. */
function argumentText(argument: unknown): string {
  if (Array.isArray(argument)) return argument.map((item) => JSON.stringify(item)).join(", ");
  return typeof argument === "number" ? String(argument) : typeText(argument as TypeJson);
}
