import type { ProcessLoad } from "@warren/service";

/** Above this the event loop is too late for the players there are, let alone more. */
export const LAG_REFUSE_MS = 250;

/** Why a node takes neither rooms nor players now, for the one who asked; undefined: it takes them. */
export function overload(
  load: ProcessLoad,
  limits: { readonly memoryMibMax: number },
): { readonly cause: "lag" | "memory"; readonly message: string } | undefined {
  if (load.loopLagMs > LAG_REFUSE_MS) {
    const message = `The node's event loop is ${Math.round(load.loopLagMs)} ms late; it takes nobody above ${LAG_REFUSE_MS} ms.`;
    return { cause: "lag", message };
  }
  if (limits.memoryMibMax > 0 && load.memoryMib > limits.memoryMibMax) {
    const message = `The node holds ${load.memoryMib} MiB of memory; it takes nobody above ${limits.memoryMibMax} MiB.`;
    return { cause: "memory", message };
  }
  return undefined;
}
