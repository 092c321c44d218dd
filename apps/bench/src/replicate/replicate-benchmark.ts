import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { FLOAT32, flight, type Quantum, quantised } from "../flight.ts";
import { loadPeer } from "../peers.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { openOurs } from "./ours.ts";
import { ReplicateRunner } from "./replicate-runner.ts";
import type { ReplicateOptions, ReplicateSubject } from "./replicate-subject.ts";

interface ReplicateWorkload extends Workload {
  readonly rooms: number;
  readonly playersPerRoom: number;
  readonly ticks: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
}

const WORLD = 2_000;

interface ColyseusRooms {
  openRooms(kind: string, timed: boolean, quantum: Quantum, options: ReplicateOptions): ReplicateSubject;
}
const colyseus = (kind: string, timed: boolean, quantum: Quantum) => async (options: ReplicateOptions) =>
  (await loadPeer<ColyseusRooms>("replicate-colyseus.mjs")).openRooms(kind, timed, quantum, options);

const OPEN: Readonly<
  Record<string, (options: ReplicateOptions) => ReplicateSubject | Promise<ReplicateSubject>>
> = {
  ours: openOurs,
  colyseus: colyseus("float32", false, FLOAT32),
  "colyseus-timed": colyseus("float32", true, FLOAT32),
  "colyseus-quantised": colyseus("quantised", false, quantised(WORLD)),
};

export const replicateBenchmark: Benchmark<ReplicateWorkload> = {
  name: "replicate",
  question: "What does a whole tick of full rooms cost, up to the sockets?",
  subjects: [
    { id: "ours", about: "RoomHost, SessionHost and outboxes; x, y in 16 bits, angle in 8", isPeer: false },
    { id: "colyseus", about: "its serialiser: encoded once, the same bytes to each; float32", isPeer: true },
    { id: "colyseus-timed", about: "the same with the time prefix of defineInput rooms", isPeer: true },
    {
      id: "colyseus-quantised",
      about: "encoded once, the same bytes to each; the same quanta",
      isPeer: true,
    },
  ],
  metrics: [
    { name: "tick", unit: "µs/tick, all rooms" },
    { name: "bytes", unit: "bytes/tick, all clients" },
    { name: "messages", unit: "messages/tick" },
  ],
  headline: "1 room of 200",
  ratios: [
    { key: "tickVsColyseus", metric: "tick", ours: "ours", theirs: "colyseus" },
    { key: "bytesVsColyseus", metric: "bytes", ours: "ours", theirs: "colyseus" },
    { key: "tickVsColyseusTimed", metric: "tick", ours: "ours", theirs: "colyseus-timed" },
    { key: "bytesVsColyseusTimed", metric: "bytes", ours: "ours", theirs: "colyseus-timed" },
    { key: "tickVsColyseusQuantised", metric: "tick", ours: "ours", theirs: "colyseus-quantised" },
    { key: "bytesVsColyseusQuantised", metric: "bytes", ours: "ours", theirs: "colyseus-quantised" },
  ],

  workloads(size: Size) {
    const of = (rooms: number, playersPerRoom: number) => ({
      name: `${rooms} ${rooms === 1 ? "room" : "rooms"} of ${playersPerRoom}`,
      rooms,
      playersPerRoom,
      ...(size === "smoke"
        ? { ticks: 10, warmUpMs: 0, roundMs: 0 }
        : { ticks: 128, warmUpMs: 500, roundMs: size === "full" ? 500 : 200 }),
    });
    if (size === "smoke") return [of(2, 3)];
    return [of(1, 200), of(20, 10), ...(size === "full" ? [of(100, 10), of(4, 200)] : [])];
  },

  async open(subject, { rooms, playersPerRoom, ticks, warmUpMs, roundMs }) {
    const watched = [...new Set([0, (rooms >> 1) * playersPerRoom + 1, rooms * playersPerRoom - 1])];
    const transport = new MemoryTransport(watched);
    const options = {
      flight: flight({ entities: playersPerRoom, world: WORLD, movingShare: 1, ticks }),
      world: WORLD,
      rooms,
      playersPerRoom,
      send: transport.send,
      watched,
    };
    return new ReplicateRunner(await OPEN[subject]!(options), options, transport, warmUpMs, roundMs);
  },
};
