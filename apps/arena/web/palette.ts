/** Colours of the eight slots, told apart by hue and by brightness. */
const COLOURS = ["#45e0ff", "#ffb347", "#ff6bb5", "#8cff66", "#b79bff", "#fff06b", "#ff7a5c", "#5cffd0"];

export function colourOf(slot: number): string {
  return COLOURS[slot % COLOURS.length]!;
}

export const PICKUP_LOOKS = {
  repair: { colour: "#8cff9d", sign: "+" },
  triple: { colour: "#ffd166", sign: "⋔" },
} as const;

export const WORDS = { hello: "Hello!", nice: "Nice one", oops: "Oops", rematch: "Again!" } as const;
