import type uWS from "uWebSockets.js";
import type { RoomServerMetrics } from "../metrics.ts";

/** Pings answered per second, of all players together; more are refused with 429. */
export const PINGS_PER_SECOND_MAX = 2_000;

/** Answers `GET …/ping`, by which browsers measure how far away this region is, from any page and below any path. */
export function answerPings(app: uWS.TemplatedApp, metrics: RoomServerMetrics): void {
  let second = 0;
  let answered = 0;
  app.get("/*", (response, request) => {
    if (!request.getUrl().endsWith("/ping")) return void request.setYield(true);
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) answered = 0;
    second = now;
    const isRefused = ++answered > PINGS_PER_SECOND_MAX;
    if (isRefused) metrics.pingsRefused.inc();
    response
      .writeStatus(isRefused ? "429 Too Many Requests" : "204 No Content")
      .writeHeader("Access-Control-Allow-Origin", "*")
      .writeHeader("Timing-Allow-Origin", "*")
      .writeHeader("Cache-Control", "no-store");
    if (isRefused) response.end();
    else response.endWithoutBody();
  });
}
