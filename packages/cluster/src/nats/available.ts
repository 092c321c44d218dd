import { setTimeout as pause } from "node:timers/promises";
import { JetStreamApiError } from "@nats-io/jetstream";
import { TimeoutError } from "@nats-io/transport-node";
import type { OnEvent } from "../event.ts";
import { isUnheard } from "./link.ts";

const AVAILABLE_TIMEOUT_MS = 20_000;
const RETRY_MS = 250;
/** Of a cluster whose servers have not all joined yet. */
const NO_SUITABLE_PEERS = 10_005;

/** A cluster of servers that has just started elects its leader first and answers nothing until then. */
export async function untilAvailable<T>(work: () => Promise<T>, onEvent: OnEvent): Promise<T> {
  const deadlineMs = performance.now() + AVAILABLE_TIMEOUT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadlineMs) throw error;
      onEvent("waiting for JetStream", { why: String(error) });
    }
    await pause(RETRY_MS);
  }
}

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503 || error.code === NO_SUITABLE_PEERS;
  return error instanceof TimeoutError || isUnheard(error);
}
