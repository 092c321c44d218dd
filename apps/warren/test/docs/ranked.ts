import { defineGame, defineQueue, defineRoom, t } from "@warren/game";

const field = defineRoom({
  seats: 10,
  tickHz: 20,
  options: t.struct({ map: t.enum("ice", "sand", "moon") }),
  state: t.state({ phase: t.u8() }),
  bot: () => ({}),
});

const ranked = defineQueue({
  room: "field",
  options: { map: "ice" },
  version: 3,
  attributes: {
    build: { type: "text", default: "1.0", trusted: true },
    club: { type: "text", default: "free" },
    modes: { type: "set", values: ["capture", "escort", "siege"] },
    role: { type: "set", values: ["tank", "damage", "healer"] },
  },
  equal: ["build"],
  share: [{ attribute: "modes", min: 1 }],
  teams: { count: 2, size: 5, roles: { tank: 1, damage: [2, 3], healer: [1, 2] } },
  party: { max: 5, best: 0.3, sizeBonus: [0, 15, 30, 45, 60], mirrorUntilMs: 20_000 },
  rating: { name: "elo", model: "plackettLuce", mu: 1_500, sigma: 500 },
  skill: {
    attribute: "elo",
    windows: [
      { atMs: 0, value: 50 },
      { atMs: 10_000, value: 130 },
      { atMs: 60_000, value: 600 },
    ],
    interpolate: "linear",
    ageRule: "max",
    sigma: 0.5,
  },
  latency: {
    maxMs: [
      { atMs: 0, value: 60 },
      { atMs: 20_000, value: 120 },
      { atMs: 60_000, value: 250 },
    ],
  },
  quality: {
    weights: { balance: 0.5, spread: 0.3, latency: 0.2 },
    accept: [
      { atMs: 0, value: 0.8 },
      { atMs: 45_000, value: 0.3 },
    ],
  },
  relax: [{ atMs: 90_000, min: 6, multipleOf: 2, fillTo: 10 }],
  gatherMs: 500,
  backfill: { priority: "high" },
  acceptance: { timeoutMs: 12_000, declineMs: 30_000, missMs: 60_000 },
  priority: [
    { returned: true, ageMs: 15_000 },
    { attribute: "club", value: "gold", ageMs: 5_000 },
  ],
  expireMs: 180_000,
  orphanGraceMs: 15_000,
});

export default defineGame({ rooms: { field }, queues: { ranked } });
