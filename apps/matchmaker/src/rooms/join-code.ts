import { randomInt } from "node:crypto";
import { InputError } from "@warren/kernel";

/** Letters and digits that are not taken for each other. */
const CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
export const JOIN_CODE_CHARS = 6;

export function newJoinCode(): string {
  let code = "";
  for (let i = 0; i < JOIN_CODE_CHARS; i++) code += CODE_ALPHABET[randomInt(CODE_ALPHABET.length)];
  return code;
}

/** Case does not matter, nor do spaces and dashes people put in. */
export function parseJoinCode(text: string): string {
  const code = text.toUpperCase().replaceAll(/[\s-]/g, "");
  const valid =
    code.length === JOIN_CODE_CHARS && [...code].every((letter) => CODE_ALPHABET.includes(letter));
  if (!valid) throw new InputError("joinCode", text, `${JOIN_CODE_CHARS} of ${CODE_ALPHABET}`);
  return code;
}
