import { WarrenError } from "@warren/protocol";
import type { RoomHostOptions, RoomSummary } from "@warren/room";
import type { Logger } from "@warren/service";
import type { RoomServerMetrics } from "./metrics.ts";

type RoomMetrics = Pick<RoomServerMetrics, "opened" | "noCapacity" | "roomsFailed">;

/** Counts rooms that open, are refused, or fail in their own code; of those that fail the log says why. */
export class RoomWatch {
  readonly #metrics: RoomMetrics;
  readonly #log: Logger;

  constructor({ metrics, log }: { metrics: RoomMetrics; log: Logger }) {
    this.#metrics = metrics;
    this.#log = log;
  }

  get hostOptions(): Required<Pick<RoomHostOptions, "onOpened" | "onRefused" | "onWarmFailed">> {
    return {
      onOpened: (room, warm) => this.#metrics.opened.inc({ room: room.roomName, warm: String(warm) }),
      onRefused: (cause) => this.#metrics.noCapacity.inc({ cause }),
      onWarmFailed: (room, error) =>
        this.#failed(
          { event: "room.warm_failed", room: room.roomName, err: error },
          "a room's own code failed as it was made ahead; none of these is made ahead any more",
        ),
    };
  }

  /** A room that ran ended by a throw in its own code. */
  failed({ roomId, spec }: RoomSummary, error: unknown): void {
    this.#failed(
      { event: "room.failed", roomId, room: spec.roomName, err: error },
      "a room's own code failed",
    );
  }

  /** A matchmaker's request failed: what it is told. */
  requestFailed(error: unknown): WarrenError {
    const ours = WarrenError.from(error);
    if (ours.code === "ROOM_FAILED")
      this.#failed({ event: "room.failed", err: ours.cause }, "a room's own code failed as it was opened");
    else if (ours.code === "INTERNAL")
      this.#log.error({ event: "rpc.failed", err: error }, "a matchmaker's request failed");
    return ours;
  }

  #failed(about: Readonly<Record<string, unknown>>, text: string): void {
    this.#metrics.roomsFailed.inc();
    this.#log.error(about, text);
  }
}
