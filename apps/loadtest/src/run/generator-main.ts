import { Generator } from "./generator.ts";
import { loadGame, loadScenario } from "./load-module.ts";
import type { FromGenerator, ToGenerator } from "./messages.ts";

// A process of a run's players. Its parent tells it everything and hears everything by messages, and it goes with it.

let generator: Generator | undefined;
const say = (message: FromGenerator) => process.send?.(message);

// What a scenario throws names its author's own lines.
process.setSourceMapsEnabled(true);
process.on("disconnect", () => process.exit());
// Those of the terminal reach it too; the parent says when it is over.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

process.on("message", (message: ToGenerator) => {
  if ("stop" in message) generator?.stop();
  else if ("plan" in message) {
    const { plan, share } = message;
    Promise.all([loadScenario(plan.scenario), loadGame(plan.gamePath)]).then(([scenario, game]) => {
      begin = (startAtMs) => {
        generator = new Generator({
          plan,
          share,
          scenario,
          game,
          // Clocks of two processes are compared once, on one machine.
          startMs: startAtMs - performance.timeOrigin,
          onPart: (part) => say({ part }),
          onScenarioError: (scenarioError) => say({ scenarioError }),
        });
        return generator.run();
      };
      say({ ready: true });
    }, failed);
  } else if ("startAtMs" in message) begin(message.startAtMs).then((done) => say({ done }), failed);
});

let begin: (startAtMs: number) => Promise<{ lagMsP99: number }> = () =>
  Promise.reject(new Error("a run without a plan"));

function failed(error: unknown): void {
  say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
