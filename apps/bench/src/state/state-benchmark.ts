import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { FLOAT32, flight, type Quantum, quantised } from "../flight.ts";
import { loadPeer } from "../peers.ts";
import { HandWrittenState } from "./hand-written.ts";
import { JsonState } from "./json.ts";
import { openFloat32, openQuantised } from "./ours.ts";
import { StateRunner } from "./state-runner.ts";
import type { StateOptions, StateSubject } from "./state-subject.ts";

interface StateWorkload extends Workload {
  readonly entities: number;
  readonly movingShare: number;
  readonly ticks: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
}

const WORLD = 2_000;

interface ColyseusState {
  openState(kind: string, quantum: Quantum, options: StateOptions): StateSubject;
}
interface ProtobufState {
  openState(quantum: Quantum, options: StateOptions): StateSubject;
}

const colyseus = (kind: string, quantum: Quantum) => async (options: StateOptions) =>
  (await loadPeer<ColyseusState>("state-colyseus.mjs")).openState(kind, quantum, options);

const OPEN: Readonly<Record<string, (options: StateOptions) => StateSubject | Promise<StateSubject>>> = {
  ours: openQuantised,
  "ours-float32": openFloat32,
  "hand-written": (options) => new HandWrittenState(options),
  colyseus: colyseus("float32", FLOAT32),
  "colyseus-number": colyseus("number", FLOAT32),
  "colyseus-quantised": colyseus("quantised", quantised(WORLD)),
  protobuf: async (options) =>
    (await loadPeer<ProtobufState>("state-protobuf.mjs")).openState(FLOAT32, options),
  json: (options) => new JsonState(options),
};

export const stateBenchmark: Benchmark<StateWorkload> = {
  name: "state",
  question: "What does one tick of a room's state cost to change, to encode, to send and to decode?",
  subjects: [
    { id: "ours", about: "x, y in 16 bits, angle in 8, hp u8; what changed", isPeer: false },
    { id: "ours-float32", about: "x, y, angle as float32, hp u8; what changed", isPeer: false },
    {
      id: "hand-written",
      about: "the same quanta by hand, for this shape only; what changed",
      isPeer: false,
      isLimit: true,
    },
    { id: "colyseus", about: "@colyseus/schema, float32 and uint8; what changed", isPeer: true },
    { id: "colyseus-number", about: "@colyseus/schema, `number` as in its tutorial", isPeer: true },
    { id: "colyseus-quantised", about: "@colyseus/schema, the same quanta; what changed", isPeer: true },
    { id: "protobuf", about: "protobufjs, float and uint32; the whole state", isPeer: true },
    { id: "json", about: "JSON.stringify; the whole state", isPeer: false },
  ],
  metrics: [
    { name: "mutate", unit: "ns/tick" },
    { name: "encode", unit: "ns/tick" },
    { name: "tick", unit: "ns/tick" },
    { name: "decode", unit: "ns/tick" },
    { name: "bytes", unit: "bytes/tick" },
  ],
  headline: "200 entities, all move",
  ratios: [
    { key: "encodeVsColyseus", metric: "encode", ours: "ours", theirs: "colyseus", goal: 0.08 },
    { key: "tickVsColyseus", metric: "tick", ours: "ours", theirs: "colyseus" },
    { key: "decodeVsColyseus", metric: "decode", ours: "ours", theirs: "colyseus", goal: 0.2 },
    { key: "bytesVsColyseus", metric: "bytes", ours: "ours", theirs: "colyseus", goal: 0.27 },
    {
      key: "encodeVsColyseusQuantised",
      metric: "encode",
      ours: "ours",
      theirs: "colyseus-quantised",
      goal: 0.1,
    },
    { key: "tickVsColyseusQuantised", metric: "tick", ours: "ours", theirs: "colyseus-quantised" },
    { key: "decodeVsColyseusQuantised", metric: "decode", ours: "ours", theirs: "colyseus-quantised" },
    {
      key: "bytesVsColyseusQuantised",
      metric: "bytes",
      ours: "ours",
      theirs: "colyseus-quantised",
      goal: 0.45,
    },
    { key: "encodeVsHandWritten", metric: "encode", ours: "ours", theirs: "hand-written", goal: 2 },
    { key: "tickVsHandWritten", metric: "tick", ours: "ours", theirs: "hand-written" },
    { key: "decodeVsHandWritten", metric: "decode", ours: "ours", theirs: "hand-written" },
    { key: "bytesVsHandWritten", metric: "bytes", ours: "ours", theirs: "hand-written" },
    {
      key: "float32EncodeVsColyseus",
      metric: "encode",
      ours: "ours-float32",
      theirs: "colyseus",
    },
    { key: "float32BytesVsColyseus", metric: "bytes", ours: "ours-float32", theirs: "colyseus" },
    { key: "tickVsProtobuf", metric: "tick", ours: "ours", theirs: "protobuf" },
    { key: "tickVsJson", metric: "tick", ours: "ours", theirs: "json" },
  ],

  workloads(size: Size) {
    const some =
      size === "smoke" ? [20] : size === "normal" ? [10, 50, 200, 1_000] : [10, 50, 200, 1_000, 5_000];
    const timing =
      size === "smoke"
        ? { ticks: 8, warmUpMs: 0, roundMs: 0 }
        : { ticks: 128, warmUpMs: 300, roundMs: size === "normal" ? 100 : 300 };
    return some.flatMap((entities) => [
      { name: `${entities} entities, all move`, entities, movingShare: 1, ...timing },
      { name: `${entities} entities, 10 % move`, entities, movingShare: 0.1, ...timing },
    ]);
  },

  async open(subject, { entities, movingShare, ticks, warmUpMs, roundMs }) {
    const flown = flight({ entities, world: WORLD, movingShare, ticks });
    const opened = await OPEN[subject]!({ flight: flown, world: WORLD });
    return new StateRunner(opened, flown, warmUpMs, roundMs);
  },
};
