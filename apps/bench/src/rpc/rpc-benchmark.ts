import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { RpcRunner } from "./rpc-runner.ts";

interface RpcWorkload extends Workload {
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
}

const ONE = "1 in flight";
const MANY = "32 in flight";

const against = (rest: "http1-json" | "http2-json", metric: string, key: string, workload: string) =>
  (["grpc-unary", "grpc-stream", "grpc-stream-batched"] as const).map((ours) => ({
    key: `${camel(ours)}${key}Vs${rest === "http1-json" ? "Http1" : "Http2"}`,
    metric,
    ours,
    theirs: rest,
    workload,
  }));

const camel = (id: string) => id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What is often said of gRPC. No figure of ours; it is here to be read beside them. */
const said = (metric: string, value: number, about: string) => ({
  who: "many pages on gRPC against REST",
  metric,
  value,
  about,
});

export const rpcBenchmark: Benchmark<RpcWorkload> = {
  name: "rpc",
  question: "What does asking a room-server for the seats of a match cost, by gRPC and by JSON over HTTP?",
  subjects: [
    {
      id: "grpc-stream-batched",
      about: "one bidi stream, all commands of a turn in one message: what Warren does",
      isPeer: false,
    },
    { id: "grpc-stream", about: "one bidi stream, a message for each command", isPeer: false },
    { id: "grpc-unary", about: "a unary call for each", isPeer: false },
    {
      id: "http1-json",
      about: "POST with JSON, undici to node:http, a connection for each in flight",
      isPeer: false,
    },
    { id: "http2-json", about: "POST with JSON, node:http2 on both sides, one connection", isPeer: false },
  ],
  metrics: [
    { name: "perSecond", unit: "calls/s", better: "more" },
    { name: "p50Us", unit: "µs" },
    { name: "p99Us", unit: "µs" },
    { name: "bytes", unit: "bytes on the socket, both ways" },
  ],
  headline: MANY,
  ratios: [
    ...against("http1-json", "perSecond", "Throughput", MANY),
    ...against("http2-json", "perSecond", "Throughput", MANY),
    ...against("http1-json", "p50Us", "Latency", ONE),
    ...against("http2-json", "p50Us", "Latency", ONE),
    ...against("http1-json", "bytes", "Bytes", MANY),
    ...against("http2-json", "bytes", "Bytes", MANY),
  ],
  published: [
    said("bytes", 0.1, "“10× smaller than JSON”: compare …Bytes…"),
    said("perSecond", 5, "“5–10× faster than JSON over REST”: compare …Throughput…, and 1 ÷ …Latency…"),
  ],
  workloads: (size: Size) =>
    [ONE, MANY].map((name) => ({
      name,
      inFlight: name === ONE ? 1 : 32,
      ...(size === "smoke" ? { warmUpMs: 0, roundMs: 20 } : { warmUpMs: 700, roundMs: 500 }),
    })),
  open: (subject, { inFlight, warmUpMs, roundMs }) => RpcRunner.open(subject, inFlight, warmUpMs, roundMs),
};
