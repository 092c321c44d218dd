import { availableParallelism } from "node:os";
import { InputError } from "@warren/kernel";
import { envName, int, type Logger, type Option } from "@warren/service";
import type { Env } from "./command.ts";
import { type Ports, Supervised } from "./supervisor.ts";

const PORT_MAX = 65_535;

const count = int(1, 1, 256, {
  text: "Room-servers, each a process with ports of its own, from --rooms-port on; auto: one a core",
});

/** How many processes; `auto` is read as the number of cores. */
export const workersOption: Option<number> = {
  ...count,
  accepted: `auto, or ${count.accepted}`,
  parse(text, field) {
    if (text === "auto") return availableParallelism();
    try {
      return count.parse(text, field);
    } catch {
      throw new InputError(field, text, workersOption.accepted);
    }
  },
};

/** Ports of the first of several, the next have the ones after it; 0: each picks its own. */
interface FirstPorts {
  readonly roomsPort: number;
  readonly adminPort: number;
  readonly grpcPort: number;
}

/** Several room-servers on one machine, each a node of its own: one JavaScript thread is one core at the most. */
export class RoomWorkers {
  readonly #children: readonly Supervised[];

  /** Throws InputError for ports that do not exist. */
  constructor(
    workers: number,
    options: {
      /** The game, if one is named. */
      readonly files: readonly string[];
      /** This process's environment, and what else is the same for all. */
      readonly env: Env;
      readonly config: FirstPorts & { readonly roomsSlot: number; readonly stopMs: number };
      readonly log: Logger;
    },
  ) {
    const { files, env, config, log } = options;
    this.#children = Array.from({ length: workers }, (_, i) => {
      const slot = config.roomsSlot + i;
      const portsEnv = (ports: FirstPorts): Env => ({
        WARREN_ROOMS_PORT: String(ports.roomsPort),
        WARREN_ADMIN_PORT: String(ports.adminPort),
        WARREN_GRPC_PORT: String(ports.grpcPort),
      });
      return new Supervised(
        {
          name: `rooms ${slot}`,
          argv: ["rooms", ...files],
          env: {
            WARREN_WORKERS: "1",
            WARREN_ROOMS_SLOT: String(slot),
            ...portsEnv({
              roomsPort: portOf("roomsPort", config, i),
              adminPort: portOf("adminPort", config, i),
              grpcPort: portOf("grpcPort", config, i),
            }),
          },
          stopMs: config.stopMs,
          pin: ({ port, adminPort, grpcPort }) => portsEnv({ roomsPort: port, adminPort, grpcPort }),
        },
        env,
        log,
      );
    });
  }

  /** Resolves with the ports of each when all are ready; rejects when one cannot be started. */
  start(): Promise<Ports[]> {
    return Promise.all(this.#children.map((child) => child.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}

function portOf(key: keyof FirstPorts, { [key]: first }: FirstPorts, i: number): number {
  if (first === 0) return 0;
  if (first + i <= PORT_MAX) return first + i;
  throw new InputError(envName(key), first, `a port with one more after it for each worker, or 0`);
}
