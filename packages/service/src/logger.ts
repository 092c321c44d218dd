import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

/**
 * Structured logs on stderr. Every line has `event`, a stable dotted key such as `room.opened`.
 * Tokens and secrets are never logged; the listed paths are a second net.
 */
export function createLogger(options: { name: string; level: string; format: "json" | "pretty" }): Logger {
  const base = {
    name: options.name,
    level: options.level,
    redact: ["token", "*.token", "authorization", "*.authorization", "headers.authorization", "seatToken", "*.seatToken"],
  };
  if (options.format === "json") return pino(base, pino.destination(2));
  return pino(base, pretty({ destination: 2, sync: true, ignore: "pid,hostname,event", translateTime: "HH:MM:ss.l", singleLine: true }));
}
