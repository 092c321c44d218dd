import type { NodeLoad } from "../gen/services/warren/room/v1/room_node.ts";

/** A node whose event loop is late by this is offered new rooms only when no other has space. */
export const SLOW_LAG_MS = 50;
/** Above this a node's event loop is too late for the players it has, let alone more. */
export const LAG_REFUSE_MS = 250;

/** What is at its limit, and how that is said to who asked. */
export interface Overload {
  readonly cause: "lag" | "memory";
  readonly message: string;
}

/** Why a node takes neither rooms nor players, however few it has; undefined: it takes them. */
export function overloadOf(
  load: Pick<NodeLoad, "loopLagMs" | "memoryMib" | "memoryMibMax">,
): Overload | undefined {
  const { loopLagMs, memoryMib, memoryMibMax } = load;
  if (loopLagMs > LAG_REFUSE_MS) {
    const message = `The node's event loop is ${Math.round(loopLagMs)} ms late; it takes nobody above ${LAG_REFUSE_MS} ms.`;
    return { cause: "lag", message };
  }
  if (memoryMibMax > 0 && memoryMib > memoryMibMax) {
    const message = `The node holds ${memoryMib} MiB of memory; it takes nobody above ${memoryMibMax} MiB.`;
    return { cause: "memory", message };
  }
  return undefined;
}
